//! A business refusal: which field, and what is wrong with it, in words for the person who asked.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Why a command was refused: messages by field. A value, not a fault; after it nothing has changed.
///
/// ```
/// use fidelis_core::Rejection;
/// let rejection = Rejection::new("balance", "Insufficient funds: balance cannot be negative");
/// assert_eq!(rejection.to_string(), "{balance: [Insufficient funds: balance cannot be negative]}");
/// assert!(rejection.says("balance", "Insufficient funds: balance cannot be negative"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rejection {
    messages: BTreeMap<Cow<'static, str>, Vec<Cow<'static, str>>>,
}

impl Rejection {
    /// A refusal with one message for one field.
    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Rejection { messages: BTreeMap::from([(field.into(), vec![message.into()])]) }
    }

    /// Adds a message for a field.
    #[must_use]
    pub fn and(mut self, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        self.messages.entry(field.into()).or_default().push(message.into());
        self
    }

    /// Adds every message of another refusal.
    pub fn merge(&mut self, other: Rejection) {
        for (field, messages) in other.messages {
            self.messages.entry(field).or_default().extend(messages);
        }
    }

    /// The refusals of several rules as one, or `Ok` when none refused.
    ///
    /// # Errors
    /// All messages of all refusals.
    pub fn collect(results: impl IntoIterator<Item = Result<(), Rejection>>) -> Result<(), Rejection> {
        let mut refused: Option<Rejection> = None;
        for rejection in results.into_iter().filter_map(Result::err) {
            match &mut refused {
                None => refused = Some(rejection),
                Some(all) => all.merge(rejection),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    /// The fields and their messages, fields in alphabetical order.
    pub fn messages(&self) -> impl Iterator<Item = (&str, &[Cow<'static, str>])> {
        self.messages.iter().map(|(field, messages)| (field.as_ref(), messages.as_slice()))
    }

    /// The names of the fields, comma-separated: what may be logged.
    pub(crate) fn fields(&self) -> String {
        self.messages.keys().map(AsRef::as_ref).collect::<Vec<&str>>().join(",")
    }

    /// Whether `field` was refused with exactly this message.
    pub fn says(&self, field: &str, message: &str) -> bool {
        self.messages.get(field).is_some_and(|messages| messages.iter().any(|said| said == message))
    }
}

/// `{field: [message, message], field: [message]}`
impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("{")?;
        for (index, (field, messages)) in self.messages.iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{field}: [{}]", messages.join(", "))?;
        }
        f.write_str("}")
    }
}

impl std::error::Error for Rejection {}

/// Refuses with a message for a field unless a condition holds.
///
/// As a statement it returns early; as the last expression of a function its value is `Ok(())`. The message takes
/// the arguments of [`format!`]; a plain literal is not copied.
///
/// ```
/// use fidelis_core::{Rejection, ensure};
/// fn withdraw(balance: i64, amount: i64) -> Result<(), Rejection> {
///     ensure!(amount > 0, amount: "Withdrawal amount must be positive");
///     ensure!(balance >= amount, balance: "{} is missing", amount - balance)
/// }
/// assert_eq!(withdraw(5, 0).unwrap_err().to_string(), "{amount: [Withdrawal amount must be positive]}");
/// assert_eq!(withdraw(5, 7).unwrap_err().to_string(), "{balance: [2 is missing]}");
/// assert!(withdraw(5, 5).is_ok());
/// ```
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $field:ident: $($message:tt)+) => {
        #[allow(unused_must_use)]
        if $condition {
            ::core::result::Result::<(), $crate::Rejection>::Ok(())
        } else {
            return ::core::result::Result::Err(::core::convert::Into::into($crate::reject!($field: $($message)+)));
        }
    };
}

/// The [`Rejection`] of one field with one message.
///
/// ```
/// use fidelis_core::reject;
/// assert_eq!(reject!(status: "Account is closed").to_string(), "{status: [Account is closed]}");
/// ```
#[macro_export]
macro_rules! reject {
    ($field:ident: $message:literal) => {
        $crate::Rejection::new(
            ::core::stringify!($field),
            $crate::__private::message(::core::format_args!($message)),
        )
    };
    ($field:ident: $($message:tt)+) => {
        $crate::Rejection::new(::core::stringify!($field), ::std::format!($($message)+))
    };
}
