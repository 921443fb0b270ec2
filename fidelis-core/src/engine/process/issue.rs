//! Carrying out a command that a process issued, so that its answer is for ever.

use crate::{
    BoxFuture, Engine, Envelope, Error, ErrorKind, Handled, Rejection,
    engine::unit::Unit,
    process::{self, Answer},
    store::{Outcome, Settlement},
};

/// What rows of commands that processes issue point to.
pub(crate) fn execute_issued<'a, C: Handled>(
    engine: &'a Engine,
    payload: &'a str,
    envelope: Envelope,
) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let mut unit = Unit::begin(engine, envelope);
        match unit.execute(engine, process::issued::<C>(payload)?).await {
            Ok(_) => Ok(Answer::Accepted),
            Err(error) => match error.kind() {
                ErrorKind::Rejected => {
                    Ok(Answer::Rejected(error.rejection().cloned().expect("a rejected error carries its rejection")))
                }
                // There may be one tomorrow. That the process was refused today has to stay true: it is settled.
                ErrorKind::NotFound => refuse(engine, &unit, Rejection::new("id", error.to_string())).await,
                _ => Err(error),
            },
        }
    })
}

/// Settles a command as refused, unless it has been settled: then that is the answer.
pub(super) async fn refuse(engine: &Engine, unit: &Unit, why: Rejection) -> Result<Answer, Error> {
    Ok(unit.settle_rejected(engine, &why).await?.map_or(Answer::Rejected(why), answer_of))
}

fn answer_of(settlement: Settlement) -> Answer {
    match settlement.outcome {
        Outcome::Accepted(_) => Answer::Accepted,
        Outcome::Rejected(why) => Answer::Rejected(why),
    }
}
