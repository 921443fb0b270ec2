//! Instructions per deposit, counted by Valgrind's callgrind: the same in every run, however busy the machine is.
//!
//! Needs `valgrind`, and `gungraun-runner` in the version of `gungraun` in `Cargo.lock`; without them it says so and is done.

use std::{
    env,
    io::{self, Write},
    process::{Command, Stdio},
};

fn main() -> io::Result<()> {
    // The runner starts this program again under Valgrind, with this argument: then there is nothing to look for.
    let started_by_runner = env::args().nth(1).is_some_and(|argument| argument == "--gungraun-run");
    if !started_by_runner {
        let runner = option_env!("GUNGRAUN_RUNNER").unwrap_or("gungraun-runner");
        for program in ["valgrind", runner] {
            if !answers(program) {
                return writeln!(io::stdout(), "instructions are not counted: `{program}` cannot be run");
            }
        }
    }
    counted::run();
    Ok(())
}

fn answers(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

mod counted {
    use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group};
    use peers::{
        bank::MakeDeposit,
        candidate::Candidate,
        candidates::CANDIDATES,
        cases::world::{open, scattered},
    };

    const ACCOUNTS: usize = 1_000;
    const DEPOSITS: usize = 1_000;

    /// A candidate with open accounts, and what is to be deposited.
    struct Prepared {
        candidate: Box<dyn Candidate>,
        deposits: Vec<MakeDeposit>,
    }

    fn prepare(name: &str) -> Prepared {
        let entry = CANDIDATES.iter().find(|entry| entry.name == name).expect("there is such a candidate");
        let mut candidate = (entry.new)();
        let accounts = open(&mut *candidate, ACCOUNTS);
        Prepared { candidate, deposits: scattered(&accounts, DEPOSITS) }
    }

    /// Makes the deposits; gives the candidate back, so that its end does not count.
    fn deposit_all(prepared: Prepared) -> Box<dyn Candidate> {
        let Prepared { mut candidate, deposits } = prepared;
        deposits.into_iter().try_for_each(|deposit| candidate.deposit(deposit)).expect("every deposit is in order");
        candidate
    }

    #[library_benchmark(setup = prepare)]
    #[bench::thousand_deposits("hand-written")]
    fn hand_written(prepared: Prepared) -> Box<dyn Candidate> {
        deposit_all(prepared)
    }

    #[library_benchmark(setup = prepare)]
    #[bench::thousand_deposits("hand-written, typed")]
    fn hand_written_typed(prepared: Prepared) -> Box<dyn Candidate> {
        deposit_all(prepared)
    }

    #[library_benchmark(setup = prepare)]
    #[bench::thousand_deposits("fidelis")]
    fn fidelis(prepared: Prepared) -> Box<dyn Candidate> {
        deposit_all(prepared)
    }

    #[library_benchmark(setup = prepare)]
    #[bench::thousand_deposits("cqrs-es")]
    fn cqrs_es(prepared: Prepared) -> Box<dyn Candidate> {
        deposit_all(prepared)
    }

    #[library_benchmark(setup = prepare)]
    #[bench::thousand_deposits("eventastic")]
    fn eventastic(prepared: Prepared) -> Box<dyn Candidate> {
        deposit_all(prepared)
    }

    library_benchmark_group!(
        name = deposits,
        compare_by_id = true,
        benchmarks = [hand_written, hand_written_typed, fidelis, cqrs_es, eventastic]
    );

    gungraun::main!(
        config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"]).format([EventKind::Ir]));
        library_benchmark_groups = deposits
    );

    /// Hands over to the runner.
    pub(super) fn run() {
        main();
    }
}
