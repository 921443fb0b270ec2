CREATE TABLE fidelis_categories (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE fidelis_streams (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    category INTEGER NOT NULL,
    UNIQUE (name, category)
) STRICT;

CREATE TABLE fidelis_types (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- The log. What selects records stands first, so that what is of no interest is passed over without being read.
-- time: nanoseconds since 1970. kind: 0 event, 1 fact, 2 command, 3 snapshot, 4 transition. process: the stream of the process.
CREATE TABLE fidelis_records (
    position INTEGER PRIMARY KEY,
    type INTEGER NOT NULL,
    category INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    stream_position INTEGER NOT NULL,
    time INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    id BLOB NOT NULL,
    correlation BLOB NOT NULL,
    causation BLOB,
    process INTEGER,
    extensions TEXT,
    payload TEXT NOT NULL
) STRICT;

CREATE UNIQUE INDEX fidelis_records_by_stream ON fidelis_records (stream, stream_position);

-- In which blocks of 256 positions there is a record of a type (kind 0) or of a category (kind 1): far smaller than an index, and
-- written once in a block.
CREATE TABLE fidelis_marks (
    kind INTEGER NOT NULL,
    id INTEGER NOT NULL,
    block INTEGER NOT NULL,
    PRIMARY KEY (kind, id, block)
) STRICT, WITHOUT ROWID;

CREATE TABLE fidelis_checkpoints (
    subscription TEXT NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE fidelis_parked (
    subscription TEXT NOT NULL,
    position INTEGER NOT NULL,
    stream INTEGER NOT NULL,
    error TEXT,
    attempts INTEGER,
    first INTEGER,
    last INTEGER,
    next INTEGER,
    PRIMARY KEY (subscription, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE fidelis_settlements (
    command BLOB NOT NULL PRIMARY KEY,
    position INTEGER NOT NULL,
    fingerprint INTEGER,
    outcome TEXT NOT NULL,
    answer TEXT
) STRICT, WITHOUT ROWID;

CREATE TRIGGER fidelis_records_are_never_changed BEFORE UPDATE ON fidelis_records
BEGIN
    SELECT RAISE(ABORT, 'what is in the log is never changed');
END;

CREATE TRIGGER fidelis_records_are_never_deleted BEFORE DELETE ON fidelis_records
BEGIN
    SELECT RAISE(ABORT, 'what is in the log is never deleted');
END;

-- The log as a person reads it.
CREATE VIEW events AS
SELECT
    record.position,
    stream.name AS stream,
    record.stream_position,
    type.name AS type,
    CASE record.kind WHEN 0 THEN 'event' WHEN 1 THEN 'fact' WHEN 2 THEN 'command' WHEN 3 THEN 'snapshot' ELSE 'transition' END AS kind,
    strftime('%Y-%m-%dT%H:%M:%S', (record.time - (record.time % 1000000000 + 1000000000) % 1000000000) / 1000000000, 'unixepoch')
        || printf('.%09dZ', (record.time % 1000000000 + 1000000000) % 1000000000) AS time,
    record.payload,
    lower(substr(hex(record.id), 1, 8) || '-' || substr(hex(record.id), 9, 4) || '-' || substr(hex(record.id), 13, 4) || '-'
        || substr(hex(record.id), 17, 4) || '-' || substr(hex(record.id), 21)) AS id,
    lower(substr(hex(record.correlation), 1, 8) || '-' || substr(hex(record.correlation), 9, 4) || '-'
        || substr(hex(record.correlation), 13, 4) || '-' || substr(hex(record.correlation), 17, 4) || '-'
        || substr(hex(record.correlation), 21)) AS correlation_id,
    CASE WHEN record.causation IS NOT NULL THEN lower(substr(hex(record.causation), 1, 8) || '-' || substr(hex(record.causation), 9, 4) || '-'
        || substr(hex(record.causation), 13, 4) || '-' || substr(hex(record.causation), 17, 4) || '-'
        || substr(hex(record.causation), 21)) END AS causation_id,
    process.name AS process,
    record.schema_version,
    record.priority,
    record.extensions
FROM fidelis_records AS record
JOIN fidelis_streams AS stream ON stream.id = record.stream
JOIN fidelis_types AS type ON type.id = record.type
LEFT JOIN fidelis_streams AS process ON process.id = record.process;
