CREATE TABLE {schema}.events (
    position        bigint      NOT NULL PRIMARY KEY,
    stream          text        COLLATE "C" NOT NULL,
    stream_position bigint      NOT NULL,
    category        text        COLLATE "C" NOT NULL,
    type            text        COLLATE "C" NOT NULL,
    kind            text        COLLATE "C" NOT NULL,
    time            timestamptz NOT NULL,
    nanoseconds     smallint,
    id              uuid        NOT NULL,
    payload         json        NOT NULL,
    schema_version  bigint      NOT NULL,
    correlation_id  uuid        NOT NULL,
    causation_id    uuid,
    process         text        COLLATE "C",
    process_category text       COLLATE "C",
    priority        smallint    NOT NULL,
    extensions      json,
    CONSTRAINT events_stream UNIQUE (stream, stream_position)
);
CREATE INDEX events_category ON {schema}.events (category, position);
CREATE INDEX events_type ON {schema}.events (type, position);
COMMENT ON TABLE {schema}.events IS 'The log: every message, gapless and in commit order by position. Appended to, never changed.';
COMMENT ON COLUMN {schema}.events.nanoseconds IS 'What a timestamptz cannot hold of the time: 1 to 999.';
COMMENT ON COLUMN {schema}.events.process_category IS 'Where the category of the process does not end at the first hyphen.';

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is only appended to: % of %.% is refused', tg_op, tg_table_schema, tg_table_name
        USING ERRCODE = 'restrict_violation', HINT = 'Append an event that says what is so now.';
END $$;
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

CREATE TABLE {schema}.batches (
    batch       bigint      NOT NULL PRIMARY KEY,
    token       uuid        NOT NULL,
    head        bigint      NOT NULL,
    time        timestamptz,
    nanoseconds smallint
);
INSERT INTO {schema}.batches (batch, token, head) VALUES (0, '00000000-0000-0000-0000-000000000000', 0);
COMMENT ON TABLE {schema}.batches IS 'The order of writing: each batch names the one it follows. Old rows are removed.';

CREATE TABLE {schema}.settlements (
    command     uuid    NOT NULL PRIMARY KEY,
    fingerprint bigint,
    position    bigint  NOT NULL,
    accepted    boolean NOT NULL,
    answer      json
);
COMMENT ON TABLE {schema}.settlements IS 'What commands were answered, by their keys; for a refused one, why.';

CREATE TABLE {schema}.checkpoints (
    subscription text   COLLATE "C" NOT NULL PRIMARY KEY,
    position     bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE {schema}.checkpoints IS 'How far each subscription is in the log.';

CREATE TABLE {schema}.parked (
    subscription text        COLLATE "C" NOT NULL,
    position     bigint      NOT NULL,
    stream       text        COLLATE "C" NOT NULL,
    category     text        COLLATE "C" NOT NULL,
    error        text        COLLATE "C",
    attempts     bigint,
    first        timestamptz,
    last         timestamptz,
    next         timestamptz,
    PRIMARY KEY (subscription, position)
);
COMMENT ON TABLE {schema}.parked IS 'Messages set aside for one subscription; without an error, those that wait behind another.';
