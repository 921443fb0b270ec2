//! The lines of a file: each kind, written and read. Those of records are in `record.rs`.

use std::{borrow::Cow, io, sync::Arc};

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::record::RecordLine;
use crate::{
    Error, Rejection, StreamName, Timestamp,
    codec::PayloadError,
    store::{Failure, Outcome, Parked, Settlement},
};

/// What the first line says of the format.
pub(super) const FORMAT: &str = "fidelis log";

/// One line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line<'a> {
    Header(Header),
    #[serde(borrow)]
    Record(RecordLine<'a>),
    Settlement(SettlementLine<'a>),
    Checkpoint(CheckpointLine),
    Parked(ParkedLine),
    End(End),
}

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) domain: String,
    pub(super) head: u64,
    pub(super) time: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SettlementLine<'a> {
    pub(super) command: crate::MessageId,
    position: u64,
    /// In hexadecimal digits: a number of 64 bits is more than some readers of JSON can hold.
    #[serde(default, skip_serializing_if = "Option::is_none", borrow)]
    fingerprint: Option<Cow<'a, str>>,
    #[serde(borrow)]
    answer: Answer<'a>,
}

/// An answer in JSON is kept as a text: what was answered, and that nothing was answered, are not mixed up.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer<'a> {
    #[serde(borrow)]
    Accepted(Option<Cow<'a, str>>),
    Rejected(Cow<'a, Rejection>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckpointLine {
    pub(super) subscription: Arc<str>,
    pub(super) position: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParkedLine {
    subscription: Arc<str>,
    stream: StreamName,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    category: Option<String>,
    position: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    failure: Option<FailureLine>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FailureLine {
    error: String,
    attempts: u32,
    first: Timestamp,
    last: Timestamp,
    next: Option<Timestamp>,
}

/// What the last line says of those before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) records: u64,
    pub(super) settlements: u64,
    pub(super) checkpoints: u64,
    pub(super) parked: u64,
    pub(super) checksum: String,
}

impl<'a> Line<'a> {
    /// Reads a line. The error is for the one who knows its number.
    pub(super) fn parse(text: &'a str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| PayloadError::reading_line(text, &error))
    }

    /// Writes a line with its end.
    pub(super) fn write(&self, to: &mut Vec<u8>) -> io::Result<()> {
        serde_json::to_writer(&mut *to, self)?;
        to.push(b'\n');
        Ok(())
    }

    /// What it is called in the file.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Line::Header(_) => "header",
            Line::Record(_) => "record",
            Line::Settlement(_) => "settlement",
            Line::Checkpoint(_) => "checkpoint",
            Line::Parked(_) => "parked",
            Line::End(_) => "end",
        }
    }
}

impl Header {
    pub(super) fn new(domain: &str, head: u64, time: Option<Timestamp>) -> Self {
        Header { format: FORMAT.to_owned(), version: super::VERSION, domain: domain.to_owned(), head, time }
    }

    /// Reads the first line of a file, of any version: what else it holds is nobody's business before the version is known.
    pub(super) fn parse(text: &str) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct First {
            header: Version,
        }
        #[derive(Deserialize)]
        struct Version {
            format: String,
            version: u32,
        }
        let known = match serde_json::from_str::<First>(text) {
            Ok(First { header }) if header.format == FORMAT => header.version,
            _ => {
                let what = match serde_json::from_str::<IgnoredAny>(text) {
                    Ok(_) => "its first line is no header of a log",
                    Err(_) => "its first line is no JSON",
                };
                return Err(Error::invalid(format!("this is not an exported log: {what}; make one with an export of a log")));
            }
        };
        if known != super::VERSION {
            let ours = super::VERSION;
            return Err(Error::invalid(format!(
                "the file has version {known} of the format, this program reads version {ours}: export again with this release, or \
                 import with the one that wrote the file"
            )));
        }
        match Line::parse(text) {
            Ok(Line::Header(header)) => Ok(header),
            Ok(_) => Err(at_line(1, "it has more than a header")),
            Err(error) => Err(at_line(1, &error)),
        }
    }
}

impl<'a> SettlementLine<'a> {
    pub(super) fn of(settlement: &'a Settlement) -> Self {
        SettlementLine {
            command: settlement.command,
            position: settlement.position,
            fingerprint: settlement.fingerprint.map(|fingerprint| format!("{fingerprint:016x}").into()),
            answer: match &settlement.outcome {
                Outcome::Accepted(answer) => Answer::Accepted(answer.as_deref().map(Cow::Borrowed)),
                Outcome::Rejected(rejection) => Answer::Rejected(Cow::Borrowed(rejection)),
            },
        }
    }

    pub(super) fn settlement(self) -> Result<Settlement, String> {
        let fingerprint = self.fingerprint.map(|digits| match u64::from_str_radix(&digits, 16) {
            Ok(fingerprint) if digits.len() == 16 => Ok(fingerprint),
            _ => Err(format!("`settlement.fingerprint`: expected 16 hexadecimal digits, found `{digits}`")),
        });
        Ok(Settlement {
            command: self.command,
            position: self.position,
            fingerprint: fingerprint.transpose()?,
            outcome: match self.answer {
                Answer::Accepted(answer) => Outcome::Accepted(answer.map(|answer| answer.into_owned().into_boxed_str())),
                Answer::Rejected(rejection) => Outcome::Rejected(rejection.into_owned()),
            },
        })
    }
}

impl ParkedLine {
    pub(super) fn of(parked: &Parked) -> Self {
        ParkedLine {
            subscription: Arc::clone(&parked.subscription),
            category: super::record::category_of(&parked.stream).map(str::to_owned),
            stream: parked.stream.clone(),
            position: parked.position,
            failure: parked.failure.as_ref().map(|failure| FailureLine {
                error: failure.error.clone(),
                attempts: failure.attempts,
                first: failure.first,
                last: failure.last,
                next: failure.next,
            }),
        }
    }

    pub(super) fn parked(self) -> Result<Parked, String> {
        Ok(Parked {
            subscription: self.subscription,
            stream: super::record::stream("parked", self.stream.as_str(), self.category.as_deref())?,
            position: self.position,
            failure: self.failure.map(|failure| Failure {
                error: failure.error,
                attempts: failure.attempts,
                first: failure.first,
                last: failure.last,
                next: failure.next,
            }),
        })
    }
}

/// What is wrong with a line, with its number.
pub(super) fn at_line(number: u64, what: &str) -> Error {
    Error::invalid(format!(
        "line {number} of the file cannot be taken over: {what}; what came before it can be; mend the line or export the log again"
    ))
}
