//! A process that dies between any two steps of a commit: what was acknowledged is there, and nothing is there in part.

use std::{fs, io::Write, path::Path, process::Stdio};

use fidelis_core::{Store, block_on, store::CheckpointMove};

use crate::material::{BALANCES, again, appended, balance, file, log, open, rows, task, write};

const TEST: &str = "crashes::process_that_dies_leaves_whole_commits";

/// Commits records, a row and a checkpoint together, and notes what was acknowledged.
fn writes(path: &Path) {
    let store = open(path);
    block_on(store.prepare(&[&BALANCES])).expect("the table can be made");
    let head = block_on(store.head()).expect("it has a head");
    let mut acknowledged =
        fs::OpenOptions::new().create(true).append(true).open(path.with_extension("acknowledged")).expect("it can be noted");
    for number in head / 2.. {
        let mut commit = appended("account-1", &format!("{number}/a"));
        commit.appends.extend(appended("account-2", &format!("{number}/b")).appends);
        commit.rows.push(balance("count", number as i64 + 1));
        commit.checkpoints.push(CheckpointMove { subscription: "count".into(), from: head_of(number), to: head_of(number + 1) });
        write(&store, commit);
        writeln!(acknowledged, "{number}").expect("it can be noted");
    }
}

fn head_of(commits: u64) -> u64 {
    commits * 2
}

#[test]
fn process_that_dies_leaves_whole_commits() {
    if let Some(path) = task() {
        return writes(Path::new(&path));
    }
    let (_folder, path) = file();
    let mut before = 0;
    // At which step, and at the how manieth commit of the process; preparing the table is none.
    for (point, passage) in [
        ("before begin", 3),
        ("after decide", 1),
        ("before commit", 5),
        ("after commit", 2),
        ("before commit", 1),
        ("after commit", 9),
    ] {
        let mut process = again(TEST, &path.display().to_string());
        let process = process.env("FIDELIS_FAILPOINT", format!("{point}:{passage}")).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(!process.status().expect("it can be started").success(), "it was to die {point} {passage}");

        let store = open(&path);
        block_on(store.prepare(&[&BALANCES])).expect("the table is there");
        let log = log(&store).expect("it has no gap");
        let commits = log.len() as u64 / 2;
        assert_eq!(log.len() as u64, head_of(commits), "a commit is there in part");
        // The last one is there exactly if it got past its commit.
        let got_through = passage - u64::from(point != "after commit");
        assert_eq!(commits, before + got_through, "{point} {passage}");
        let noted = fs::read_to_string(path.with_extension("acknowledged")).unwrap_or_default();
        let acknowledged = noted.lines().last().map_or(0, |last| last.parse::<u64>().expect("a number") + 1);
        assert!(acknowledged <= commits, "{acknowledged} commits were acknowledged, {commits} are there");
        let counted = rows(&store, &BALANCES).first().map(|row| row.values()[1].clone());
        assert_eq!(counted, (commits > 0).then_some(fidelis_core::Value::Integer(commits as i64)));
        assert_eq!(block_on(store.checkpoint("count")).expect("it can be read"), head_of(commits));
        block_on(store.verify()).expect("the file is sound");
        before = commits;
    }
}
