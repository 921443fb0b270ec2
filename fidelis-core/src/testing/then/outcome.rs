//! What the command gave, or why it did not.

use std::{borrow::Cow, fmt::Debug};

use super::Then;
use crate::{
    ErrorKind, Rejection,
    testing::{Subject, failure::Failure},
};

impl<S: Subject, T> Then<S, T> {
    /// A rule refused: this message for this field, and nothing else.
    ///
    /// A panic, a missing aggregate or a store that fails is not a refusal.
    #[track_caller]
    pub fn then_rejected(self, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        self.then_rejection(Rejection::new(field, message))
    }

    /// Rules refused with exactly these messages: `reject!(amount: "..").and("status", "..")`.
    #[track_caller]
    pub fn then_rejection(self, expected: Rejection) -> Self {
        let checked = self.rejection(&expected).and_then(|actual| match *actual == expected {
            true => Ok(()),
            false => Err(differs("the command was rejected, but not as expected", &expected, actual)),
        });
        self.named(checked)
    }

    /// A rule refused with this message for this field; there may be further messages.
    #[track_caller]
    pub fn then_rejected_with(self, field: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        let (field, message) = (field.into(), message.into());
        let expected = Rejection::new(field.clone(), message.clone());
        let checked = self.rejection(&expected).and_then(|actual| match actual.says(&field, &message) {
            true => Ok(()),
            false => Err(differs("the command was rejected, but not with the expected message", &expected, actual)),
        });
        self.named(checked)
    }

    /// The command did not succeed, for a reason of this kind.
    #[track_caller]
    pub fn then_error(self, kind: ErrorKind) -> Self {
        let headline = || Failure::new(format!("the command should have ended with `{kind:?}`"));
        let checked = match &self.outcome {
            Err(error) if error.kind() == kind => Ok(()),
            Err(error) => Err(headline().detail(format!("it ended with `{:?}`: {error}", error.kind()))),
            Ok(_) => Err(headline().detail(format!("it was {}", self.answer))),
        };
        self.named(checked)
    }

    /// The command succeeded, whatever it gave.
    #[track_caller]
    pub fn then_accepted(self) -> Self {
        self.succeeding()
    }

    /// The command succeeded and gave this.
    #[track_caller]
    pub fn then_result(self, expected: T) -> Self
    where
        T: PartialEq + Debug,
    {
        let then = self.succeeding();
        let checked = match &then.outcome {
            Ok(actual) if *actual == expected => Ok(()),
            Ok(actual) => {
                let failure = Failure::new("the command gave something else");
                Err(failure.detail(format!("expected  {expected:?}")).detail(format!("actual    {actual:?}")))
            }
            Err(error) => Err(Failure::new("the command gave nothing").detail(error.to_string())),
        };
        then.checked(checked)
    }

    /// The command succeeded and gave what the closure asserts.
    #[track_caller]
    pub fn then_result_with(self, check: impl FnOnce(&T)) -> Self {
        let then = self.succeeding();
        let checked = match &then.outcome {
            Ok(value) => Failure::of_closure("the command gave something else", || check(value)),
            Err(error) => Err(Failure::new("the command gave nothing").detail(error.to_string())),
        };
        then.checked(checked)
    }

    fn rejection(&self, expected: &Rejection) -> Result<&Rejection, Failure> {
        let failure = match &self.outcome {
            Err(error) => match error.rejection() {
                Some(rejection) => return Ok(rejection),
                None => Failure::new("the command failed, which is not a rejection")
                    .detail(format!("expected  {expected}"))
                    .detail(format!("actual    `{:?}`: {error}", error.kind())),
            },
            Ok(_) => Failure::new("the command should have been rejected, and it succeeded")
                .detail(format!("expected  {expected}"))
                .detail(format!("actual    {}", self.answer)),
        };
        Err(failure)
    }

    /// From here on the test has said that the command does not succeed.
    #[track_caller]
    fn named(mut self, checked: Result<(), Failure>) -> Self {
        self.named = true;
        self.checked(checked)
    }
}

fn differs(headline: &str, expected: &Rejection, actual: &Rejection) -> Failure {
    Failure::new(headline).detail(format!("expected  {expected}")).detail(format!("actual    {actual}"))
}
