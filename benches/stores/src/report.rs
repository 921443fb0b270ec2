//! How figures are printed: as Markdown while they come, as JSON at the end.

use std::fs;

use load::{Fault, Measured};
use serde_json::{Map, Value, json};

use crate::{
    commands, flush, latency, reading,
    setting::{Database, Setting},
    transfers,
};

/// All figures of a run.
#[derive(serde::Serialize)]
pub(crate) struct Report {
    store: &'static str,
    load_average: String,
    /// The median flush, in microseconds. At 1,000 and more the machine is busy, and what depends on the disk says nothing.
    flush_us: f64,
    rounds: usize,
    figures: Map<String, Value>,
    notes: Vec<String>,
    #[serde(skip)]
    tables: bool,
}

impl Report {
    /// Looks at the machine first.
    pub(crate) fn begin(setting: &Setting) -> Result<Self, Fault> {
        let flush_us = flush::measure(&setting.folder().join("flush"), std::time::Duration::from_millis(500))?.p50;
        let report = Report {
            store: if setting.database == Database::Sqlite { "sqlite" } else { "postgres" },
            load_average: fs::read_to_string("/proc/loadavg").unwrap_or_else(|_| "unknown".to_owned()).trim().to_owned(),
            flush_us,
            rounds: setting.rounds,
            figures: Map::new(),
            notes: Vec::new(),
            tables: setting.tables,
        };
        let durability = match setting.database {
            Database::Sqlite => {
                "WAL with `synchronous = FULL` for everybody: a commit that was answered survives a power failure"
            }
            Database::Postgres => {
                "PostgreSQL's defaults for everybody (`fsync` and `synchronous_commit` on): a commit that was answered survives a power failure"
            }
        };
        report.print(&format!(
            "{}: load {}; a flush takes {flush_us:.0} us; {} rounds, cases in turn, medians\n{durability}",
            report.store, report.load_average, report.rounds
        ));
        if flush_us >= 1_000.0 {
            report.print("**The machine is busy: figures that depend on the disk are void.**");
        }
        Ok(report)
    }

    /// Something to know when reading the figures.
    pub(crate) fn note(&mut self, text: &str) {
        self.print(text);
        self.notes.push(text.to_owned());
    }

    /// Deposits: for each number of callers a table, with ratios to each of the first rows.
    pub(crate) fn commands(&mut self, setting: &Setting, figures: Vec<commands::Figures>) {
        let references = match setting.database {
            Database::Sqlite => ["flush loop, 4 KiB", "by hand, a transaction per command", "by hand, group commit"],
            Database::Postgres => ["pgbench, single INSERT", "by hand, a transaction per command", "by hand, group commit"],
        };
        let mut all = Vec::new();
        for (place, callers) in setting.callers.iter().enumerate() {
            let rounds = |name: &str| figures.iter().find(|figures| figures.name == name).map(|figures| &figures.measured[place]);
            let mut rows = Vec::new();
            for figures in &figures {
                let own = &figures.measured[place];
                if own.is_empty() {
                    continue;
                }
                let of = |what: fn(&Measured) -> f64| median(own.iter().map(what).collect());
                let against = references.map(|name| rounds(name).and_then(|other| ratio(own, other)));
                let lost: i64 = own.iter().map(|measured| measured.lost).sum();
                rows.push(
                    [
                        figures.name.to_owned(),
                        thousands(of(|measured| measured.per_second)),
                        thousands(of(|measured| measured.p50)),
                        thousands(of(|measured| measured.p99)),
                        format!("{:.1}", of(|measured| measured.retried)),
                        lost.to_string(),
                    ]
                    .into_iter()
                    .chain(against.map(|ratio| ratio.map_or("-".to_owned(), |ratio| format!("{ratio:.2}"))))
                    .collect::<Vec<_>>(),
                );
                all.push(json!({
                    "candidate": figures.name, "callers": callers, "per_second": of(|measured| measured.per_second),
                    "p50_us": of(|measured| measured.p50), "p99_us": of(|measured| measured.p99),
                    "retried_percent": of(|measured| measured.retried), "lost": lost,
                    "against": references.iter().zip(against).map(|(name, ratio)| ((*name).to_owned(), json!(ratio))).collect::<Map<_, _>>(),
                    "rounds": own.iter().map(|measured| measured.per_second).collect::<Vec<_>>(),
                }));
            }
            let heads =
                ["", "commands/s", "p50 us", "p99 us", "retried %", "lost", ": first", ": transaction each", ": group commit"];
            self.table(&format!("Durable deposits, {callers} callers, 1,000 accounts"), &heads, &rows);
        }
        self.figures.insert("commands".to_owned(), Value::Array(all));
    }

    /// Reading and rebuilding.
    pub(crate) fn reading(&mut self, setting: &Setting, figures: Vec<reading::Figures>) {
        let mut rows = Vec::new();
        let mut all = Vec::new();
        for reading::Figures { what, name, rates, by_hand, grown } in &figures {
            let (rate, limit) = (median(rates.clone()), median(by_hand.clone()));
            let against = rate / limit;
            let grown = grown.map_or("-".to_owned(), |bytes| format!("{:.1}", bytes as f64 / f64::from(1 << 20)));
            rows.push(vec![
                format!("{what}: {name}"),
                thousands(rate),
                format!("{:.0}", 1e9 / rate),
                format!("{against:.2}"),
                grown.clone(),
            ]);
            all.push(json!({ "what": what, "candidate": name, "events_per_second": rate, "against_by_hand": against, "memory_grown_mib": grown, "rounds": rates }));
        }
        let title = format!("Long histories: {} events of 10,000 accounts, and 10,000 of one", thousands(setting.events as f64));
        self.table(&title, &["", "events/s", "ns/event", ": by hand", "memory grown, MiB"], &rows);
        self.figures.insert("reading".to_owned(), Value::Array(all));
    }

    /// From a commit to the handler.
    pub(crate) fn latency(&mut self, setting: &Setting, figures: Vec<latency::Figures>) {
        let rows: Vec<_> = figures
            .iter()
            .map(|figures| {
                vec![figures.what.to_owned(), thousands(figures.p50), thousands(figures.p99), figures.count.to_string()]
            })
            .collect();
        self.table("From the answer of a commit to the start of a handler", &["", "p50 us", "p99 us", "commits"], &rows);
        let all = figures.iter().map(|figures| json!({ "what": figures.what, "p50_us": figures.p50, "p99_us": figures.p99 }));
        self.figures.insert("latency".to_owned(), all.collect());
        let _ = setting;
    }

    /// Transfers from their initiation to their end, and the steps of one long process.
    pub(crate) fn transfers(&mut self, figures: transfers::All) {
        let (mut rows, mut all) = (Vec::new(), Vec::new());
        for transfers::Figures { store, in_flight, rounds } in &figures.transfers {
            let of = |what: fn(&transfers::Measured) -> f64| median(rounds.iter().map(what).collect());
            let (rate, p50, p99) = (of(|round| round.per_second), of(|round| round.p50), of(|round| round.p99));
            let (commits, reads, bare) = (of(|round| round.commits), of(|round| round.reads), of(|round| round.bare));
            // Of what the store would allow if a transfer were nothing but its commits.
            let share = of(|round| round.per_second * round.commits / round.bare);
            rows.push(vec![
                format!("{store}, {in_flight} in flight"),
                thousands(rate),
                thousands(p50),
                thousands(p99),
                format!("{commits:.2}"),
                format!("{reads:.2}"),
                thousands(bare),
                format!("{share:.2}"),
            ]);
            all.push(json!({
                "store": store, "in_flight": in_flight, "per_second": rate, "p50_us": p50, "p99_us": p99, "commits_each": commits,
                "reads_each": reads, "bare_commits_per_second": bare, "against_bare_commits": share,
                "rounds": rounds.iter().map(|round| round.per_second).collect::<Vec<_>>(),
            }));
        }
        let heads = ["", "transfers/s", "p50 us", "p99 us", "commits each", "reads each", "bare commits/s", ": bare commits"];
        self.table("Transfers from initiation to COMPLETED, 1,000 accounts", &heads, &rows);
        self.figures.insert("transfers".to_owned(), Value::Array(all));

        let (mut rows, mut all) = (Vec::new(), Vec::new());
        for step in &figures.steps {
            let ((first, first_reads), (last, last_reads)) = (step.first, step.last);
            rows.push(vec![
                step.store.to_owned(),
                format!("{first:.0}"),
                format!("{last:.0}"),
                format!("{:.2}", last / first),
                format!("{first_reads:.2}"),
                format!("{last_reads:.2}"),
            ]);
            all.push(json!({
                "store": step.store, "first_us": first, "last_us": last, "first_reads": first_reads, "last_reads": last_reads
            }));
        }
        let heads = ["", "step 1 to 1,000, us", "step 9,001 to 10,000, us", "ratio", "reads", "reads"];
        self.table("A command, its event and the step of one process that it leads to", &heads, &rows);
        self.figures.insert("steps".to_owned(), Value::Array(all));
    }

    fn table(&self, title: &str, heads: &[&str], rows: &[Vec<String>]) {
        let mut text = format!("\n{title}\n\n| {} |\n|---|{}\n", heads.join(" | "), "---:|".repeat(heads.len() - 1));
        rows.iter().for_each(|row| text += &format!("| {} |\n", row.join(" | ")));
        self.print(text.trim_end());
    }

    fn print(&self, text: &str) {
        if self.tables {
            println!("{text}");
        }
    }
}

/// How many times as fast: the median of what each round says.
fn ratio(own: &[Measured], other: &[Measured]) -> Option<f64> {
    let ratios: Vec<f64> = own.iter().zip(other).map(|(own, other)| own.per_second / other.per_second).collect();
    (!ratios.is_empty()).then(|| median(ratios))
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A number without decimals, thousands apart.
fn thousands(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
