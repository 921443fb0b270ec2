//! The read model of all processes: one row each, folded from their transitions like any other.

use jiff::Timestamp;

use super::{ProcessStatus, Transition};
use crate::{
    Column, HandlerError, Projection, Value,
    handler::{HandlerInstance, Message, ProjectorMethod, ProjectorRow, RowSlot},
    projection::{ColumnDefinition, ColumnType, Columns, Key, Row, RowError, RowKey, Table},
};

/// One process, as a row to be listed and searched: by age, by state, by what is due.
///
/// ```
/// # use fidelis::{prelude::*, process::{ProcessStatus, ProcessSummary}};
/// # async fn ask(bank: &Engine, yesterday: Timestamp) -> Result<(), Error> {
/// let stuck = bank
///     .query::<ProcessSummary>()
///     .filter(ProcessSummary::STATUS.eq(ProcessStatus::NeedsPerson))
///     .filter(ProcessSummary::CHANGED_AT.lt(yesterday))
///     .order_by(ProcessSummary::CHANGED_AT.ascending())
///     .page(1, 20)
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ProcessSummary {
    /// Its stream, such as `fidelis::funds_transfer-{key}`: what the operations on one process ask for.
    pub stream: String,
    /// The category of that: `fidelis::funds_transfer`.
    pub process: String,
    /// Its key.
    pub key: String,
    /// How far it is.
    pub status: ProcessStatus,
    /// Why it is undone, needs a person or was ended.
    pub reason: Option<String>,
    /// Its last step.
    pub step: String,
    /// The names of the commands that step issued, comma-separated.
    pub issued: Option<String>,
    /// How many steps it has made.
    pub steps: i64,
    /// When it made the first.
    pub started_at: Timestamp,
    /// When it made the last.
    pub changed_at: Timestamp,
    /// When its next timer fires.
    pub due_at: Option<Timestamp>,
    /// The definition of the process manager that the last step was made by.
    pub definition: String,
}

impl ProcessSummary {
    /// Column `stream`, for queries.
    pub const STREAM: Columns<Self, String> = Columns::new(0);
    /// Column `process`, for queries.
    pub const PROCESS: Columns<Self, String> = Columns::new(1);
    /// Column `key`, for queries.
    pub const KEY: Columns<Self, String> = Columns::new(2);
    /// Column `status`, for queries.
    pub const STATUS: Columns<Self, ProcessStatus> = Columns::new(3);
    /// Column `started_at`, for queries.
    pub const STARTED_AT: Columns<Self, Timestamp> = Columns::new(8);
    /// Column `changed_at`, for queries.
    pub const CHANGED_AT: Columns<Self, Timestamp> = Columns::new(9);
    /// Column `due_at`, for queries.
    pub const DUE_AT: Columns<Self, Option<Timestamp>> = Columns::new(10);
    /// Column `definition`, for queries.
    pub const DEFINITION: Columns<Self, String> = Columns::new(11);
}

impl Projection for ProcessSummary {
    const TABLE: &'static Table = &Table {
        name: "process_summary",
        columns: &[
            ColumnDefinition::of::<String>("stream"),
            ColumnDefinition::of::<String>("process"),
            ColumnDefinition::of::<String>("key"),
            ColumnDefinition::of::<ProcessStatus>("status"),
            ColumnDefinition::of::<Option<String>>("reason"),
            ColumnDefinition::of::<String>("step"),
            ColumnDefinition::of::<Option<String>>("issued"),
            ColumnDefinition::of::<i64>("steps"),
            ColumnDefinition::of::<Timestamp>("started_at"),
            ColumnDefinition::of::<Timestamp>("changed_at"),
            ColumnDefinition::of::<Option<Timestamp>>("due_at"),
            ColumnDefinition::of::<String>("definition"),
        ],
        key: &[0],
        indexes: &[3, 10],
    };
    type Key = String;

    fn key(&self) -> String {
        self.stream.clone()
    }

    fn into_row(self) -> Row {
        Row::new([
            self.stream.into_value(),
            self.process.into_value(),
            self.key.into_value(),
            self.status.into_value(),
            self.reason.into_value(),
            self.step.into_value(),
            self.issued.into_value(),
            self.steps.into_value(),
            self.started_at.into_value(),
            self.changed_at.into_value(),
            self.due_at.into_value(),
            self.definition.into_value(),
        ])
    }

    fn from_row(mut row: Row) -> Result<Self, RowError> {
        let table = Self::TABLE;
        Ok(ProcessSummary {
            stream: row.take(table, 0)?,
            process: row.take(table, 1)?,
            key: row.take(table, 2)?,
            status: row.take(table, 3)?,
            reason: row.take(table, 4)?,
            step: row.take(table, 5)?,
            issued: row.take(table, 6)?,
            steps: row.take(table, 7)?,
            started_at: row.take(table, 8)?,
            changed_at: row.take(table, 9)?,
            due_at: row.take(table, 10)?,
            definition: row.take(table, 11)?,
        })
    }
}

impl Column for ProcessStatus {
    const TYPE: ColumnType = ColumnType::Text;

    fn into_value(self) -> Value {
        Value::Text(self.as_str().to_owned())
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        let all = [
            ProcessStatus::Running,
            ProcessStatus::Undoing,
            ProcessStatus::NeedsPerson,
            ProcessStatus::Completed,
            ProcessStatus::Ended,
        ];
        let found = match &value {
            Value::Text(text) => all.into_iter().find(|status| status.as_str() == text),
            _ => None,
        };
        found.ok_or(value)
    }
}

/// Folds transitions into rows. Its one method takes the transitions of every process manager of a domain.
pub(crate) static PROJECTOR: ProjectorRow = ProjectorRow {
    projector: HandlerInstance {
        name: "ProcessSummaryProjector",
        type_id: std::any::TypeId::of::<ProcessSummaryProjector>,
        default: || Some(std::sync::Arc::new(ProcessSummaryProjector)),
    },
    table: ProcessSummary::TABLE,
    aggregates: &[],
    methods: &METHODS,
};

static METHODS: [ProjectorMethod; 1] = [ProjectorMethod {
    name: "on_transition",
    // A placeholder: what it takes has another name in every domain.
    event: crate::EventType {
        name: "Transition",
        version: 1,
        kind: crate::MessageKind::Transition,
        stream: "",
        definition: 0,
        reads: crate::event::Reads(|_| Ok(())),
    },
    key: Some(|message| Ok(key_of(message))),
    call: |_, message, row| fold(message, row),
}];

/// The type of its handler object.
pub(crate) struct ProcessSummaryProjector;

fn key_of(message: &Message) -> Key {
    RowKey::into_key(message.metadata.stream.as_str().to_owned())
}

fn fold(message: &Message, row: &mut RowSlot) -> Result<(), HandlerError> {
    let transition = Transition::of(message)?;
    let metadata = &message.metadata;
    let issued: Vec<&str> = transition.issued.iter().map(|issued| &*issued.name).collect();
    let issued = (!issued.is_empty()).then(|| issued.join(", "));
    row.replace(|row: &mut Option<ProcessSummary>| {
        let started_at = row.as_ref().map_or(metadata.time, |row| row.started_at);
        *row = Some(ProcessSummary {
            stream: metadata.stream.as_str().to_owned(),
            process: metadata.stream.category().to_owned(),
            key: metadata.stream.id().to_owned(),
            status: transition.status,
            due_at: transition.next_due(),
            definition: transition.definition.to_string(),
            issued,
            // It may quote what somebody has typed; not every store can hold a NUL in a text.
            reason: transition.reason.map(|reason| reason.replace('\0', "\u{fffd}")),
            step: transition.step.into_owned(),
            steps: i64::try_from(metadata.position).unwrap_or(i64::MAX).saturating_add(1),
            started_at,
            changed_at: metadata.time,
        });
        Ok(())
    })
}
