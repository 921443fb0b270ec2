//! One measurement of one peer: `stores-peers CANDIDATE URL CALLERS MILLISECONDS SEED`, the result on standard error as JSON.
//!
//! `benches/stores` calls it, once for each measurement, so that a peer's libraries are not linked with ours. Standard output is
//! left to the peers: `cqrs-es` prints on it.

#![allow(clippy::print_stderr, reason = "the result goes where nothing else is written")]

mod candidates;

use std::{env, process::ExitCode, sync::Arc, time::Duration};

use load::{Fault, Measured, measure};

use crate::candidates::{cqrs_postgres, cqrs_sqlite, esrs_postgres};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(&arguments)).and_then(|measured| Ok(serde_json::to_string(&measured)?)) {
        Ok(json) => {
            eprintln!("{json}");
            ExitCode::SUCCESS
        }
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &[String]) -> Result<Measured, Fault> {
    let [candidate, url, callers, milliseconds, seed] = arguments else {
        return Err(Fault("stores-peers CANDIDATE URL CALLERS MILLISECONDS SEED".to_owned()));
    };
    let (callers, time, seed) = (callers.parse()?, Duration::from_millis(milliseconds.parse()?), seed.parse()?);
    // More connections than this serve nobody on two cores; fewer leave callers waiting.
    let connections = u32::try_from(callers)?.clamp(2, 64);
    match candidate.as_str() {
        "sqlite-es" => measure(Arc::new(cqrs_sqlite::open(url).await?), callers, time, seed).await,
        "postgres-es" => measure(Arc::new(cqrs_postgres::open(url, connections).await?), callers, time, seed).await,
        "esrs" => measure(Arc::new(esrs_postgres::open(url, connections).await?), callers, time, seed).await,
        other => Err(Fault(format!("there is no candidate `{other}`"))),
    }
}
