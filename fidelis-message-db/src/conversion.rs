//! From rows to a log.

use std::{collections::BTreeMap, sync::Arc};

use fidelis_core::{Error, EventType, MessageId, MessageKind, Recorded, Timestamp, TypeName};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    File, Found, Kind, Mapping, Report, Row,
    kind::{Sorted, sorted},
    payload::Fields,
    record::{Place, record, type_of},
    report::WORDED,
    row,
};

/// How the log of a Message DB becomes one of Fidelis.
#[derive(Clone, Debug)]
pub struct Conversion {
    pub(crate) domain: String,
    mapping: Mapping,
    known: Option<FxHashMap<TypeName, EventType>>,
    pub(crate) handled: Vec<Arc<str>>,
}

impl Conversion {
    /// Into the log of this domain.
    pub fn to(domain: impl Into<String>, mapping: Mapping) -> Self {
        Conversion { domain: domain.into(), mapping, known: None, handled: Vec::new() }
    }

    /// Refuses types that are not these, and payloads that they cannot read: those that [the domain
    /// has](fidelis_core::Domain::event_types).
    #[must_use]
    pub fn known(mut self, types: impl IntoIterator<Item = (TypeName, EventType)>) -> Self {
        self.known = Some(types.into_iter().collect());
        self
    }

    /// Lets these consumers go on behind the log, as if they had handled it: [those that do things](fidelis_core::Domain::reacting)
    /// have done so before.
    #[must_use]
    pub fn handled(mut self, subscriptions: impl IntoIterator<Item = Arc<str>>) -> Self {
        self.handled.extend(subscriptions);
        self
    }

    /// Looks at every row and says what would become of it; writes nothing.
    ///
    /// # Errors
    /// What the rows report: that they cannot be read any further. Rows that cannot be taken over are in the report.
    pub fn survey(&self, rows: impl IntoIterator<Item = Result<Found, Error>>) -> Result<Report, Error> {
        let mut converter = Converter::new(self);
        let mut report = Report::default();
        let mut left_in: BTreeMap<Kind, (u64, String)> = BTreeMap::new();
        let mut processes: BTreeMap<String, bool> = BTreeMap::new();
        for found in rows {
            let Found { place, row } = found?;
            match row.and_then(|row| converter.convert(&row).map(|converted| (row, converted))) {
                Ok((_, Converted::Record(record))) => {
                    report.records += 1;
                    report.time = Some(record.metadata.time);
                }
                Ok((row, Converted::Other(kind))) => {
                    if kind == Kind::Transitions {
                        processes.insert(row.stream_name.clone(), is_complete(&row));
                    }
                    match self.mapping.skip.contains(&kind) {
                        true => *report.skipped.entry(kind).or_default() += 1,
                        false => left_in.entry(kind).or_insert((0, place)).0 += 1,
                    }
                }
                Err(reason) => report.note(place, reason),
            }
        }
        for (kind, (count, first)) in left_in {
            let reason = format!(
                "{count} rows, of which this is the first, are {kind}, and cannot be taken over: {}; leave them out by name: `skip = [\"{kind}\"]`",
                kind.why()
            );
            report.note(first, reason);
        }
        (report.named_streams, report.later) = (converter.named_streams, converter.later);
        let unfinished = processes.into_iter().filter(|(_, complete)| !complete).map(|(name, _)| name);
        report.unfinished_processes = unfinished.take(WORDED).collect();
        Ok(report)
    }

    /// The log as a file to be [imported](fidelis_core::interchange::Import), from the same rows that were surveyed.
    ///
    /// # Errors
    /// [`Invalid`](fidelis_core::ErrorKind::Invalid) when the survey has found problems.
    pub fn file<I>(&self, report: &Report, rows: I) -> Result<File<'_, I::IntoIter>, Error>
    where
        I: IntoIterator<Item = Result<Found, Error>>,
    {
        if !report.problems.is_empty() {
            return Err(Error::invalid(format!("nothing is taken over as long as something cannot be: {report}")));
        }
        File::new(self, report, rows.into_iter())
    }
}

/// What became of a row.
pub(crate) enum Converted {
    Record(Box<Recorded>),
    Other(Kind),
}

/// Turns rows into records, one after the other.
pub(crate) struct Converter<'a> {
    conversion: &'a Conversion,
    /// The positions in the log: there, and here.
    last: (u64, u64),
    time: Timestamp,
    /// The next position of each stream.
    streams: FxHashMap<Box<str>, u64>,
    ids: FxHashSet<MessageId>,
    named_streams: u64,
    later: u64,
}

impl<'a> Converter<'a> {
    pub(crate) fn new(conversion: &'a Conversion) -> Self {
        Converter {
            conversion,
            last: (0, 0),
            time: Timestamp::MIN,
            streams: FxHashMap::default(),
            ids: FxHashSet::default(),
            named_streams: 0,
            later: 0,
        }
    }

    pub(crate) fn convert(&mut self, row: &Row) -> Result<Converted, String> {
        if row.global_position <= self.last.0 {
            let (found, before) = (row.global_position, self.last.0);
            return Err(format!("`global_position`: expected more than {before}, found {found}: dump the rows in their order"));
        }
        self.last.0 = row.global_position;
        let (category, id, kind) = match sorted(row)? {
            Sorted::Event { category, id } => (category, id, MessageKind::Event),
            Sorted::Fact { category, id } => (category, id, MessageKind::Fact),
            Sorted::Other(kind) => return Ok(Converted::Other(kind)),
        };
        self.check_position(row, id)?;
        self.check_names(row, category)?;
        let place = Place { kind, global_position: self.last.1 + 1, time: self.time };
        let record = record(row, category, id, place, &self.conversion.mapping)?;
        let event_type = self.conversion.known.as_ref().and_then(|known| known.get(&record.metadata.type_name));
        if let Some(Err(error)) = event_type.map(|event_type| event_type.check(&record.payload)) {
            return Err(format!(
                "`data`: domain `{}` cannot read it as `{}`: {error}; numbers that are amounts need an entry in `decimals`, other types \
                 an event that reads them",
                self.conversion.domain, record.metadata.type_name
            ));
        }
        if !self.ids.insert(record.metadata.id) {
            return Err(format!("`metadata.headers.id`: expected one of its own, {} came before", record.metadata.id));
        }
        self.later +=
            u64::from(record.metadata.origin.extensions.as_ref().is_some_and(|kept| kept.contains_key("message_db.time")));
        self.last.1 += 1;
        self.time = record.metadata.time;
        Ok(Converted::Record(Box::new(record)))
    }

    /// Positions of a stream have no gaps. One that has is named once, not at every row behind it.
    fn check_position(&mut self, row: &Row, id: &str) -> Result<(), String> {
        let expected = match self.streams.get_mut(&*row.stream_name) {
            Some(next) => next,
            None => {
                self.named_streams += u64::from(uuid::Uuid::try_parse(id).is_err());
                self.streams.entry(row.stream_name.as_str().into()).or_default()
            }
        };
        let (expected, found) = (std::mem::replace(expected, row.position + 1), row.position);
        match expected == found {
            true => Ok(()),
            false => Err(format!(
                "`position`: expected {expected}, the next one of `{}`, found {found}: rows of this stream are missing in the dump",
                row.stream_name
            )),
        }
    }

    /// The domain has to know what it is given.
    fn check_names(&self, row: &Row, category: &str) -> Result<(), String> {
        let Conversion { domain, mapping, known, .. } = self.conversion;
        let (type_name, _) = type_of(row, mapping)?;
        if known.as_ref().is_some_and(|known| !known.contains_key(&TypeName::parse(&type_name))) {
            return Err(format!(
                "`type`: domain `{domain}` has no event `{type_name}`; write it, or give it the name of another with an entry in `types`"
            ));
        }
        let category = mapping.categories.get(category).map_or(category, String::as_str);
        match category.strip_prefix(domain.as_str()).is_some_and(|rest| rest.starts_with("::")) {
            true => Ok(()),
            false => Err(format!(
                "`stream_name`: expected a category of domain `{domain}`, found `{category}`; give it a name with an entry in `categories`"
            )),
        }
    }
}

/// Whether a step of a process manager was its last.
fn is_complete(row: &Row) -> bool {
    let data = row::json(row.data.as_deref()).and_then(|data| Fields::parse(&data).ok());
    data.is_some_and(|fields| fields.get("is_complete") == Some("true"))
}
