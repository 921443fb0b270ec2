//! The bank on a machine that loses power: what callers were told is there, money is conserved, and everything ends.

use std::path::Path;

use fidelis_torture::{
    Disk, Loss, Place, Tier,
    bank::{Fire, oracle::Seen},
    seed,
};
use rand::RngExt;

use crate::{program, sqlite_file};

/// After so many rounds more, what must happen has not, and never will.
const MORE: usize = 30;

/// Loses power once, within any of the first writes of a process.
fn cut(fire: &mut Fire, disk: &Disk, file: &Path, loss: Loss) -> Seen {
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let write = fire.chance.random_range(50..2_000);
    let environment = disk.losing_power(&name, write, loss, fire.chance.random_range(1..1 << 30));
    fire.lose_power(&environment)
}

fn is_sound(loss: Loss) {
    let (disk, tier, seed) = (Disk::compile(), Tier::asked(), seed());
    println!("seed {seed}");
    let (banks, rounds, transfers) = tier.pick((1, 4, 10), (10, 30, 150));
    (0..banks).for_each(|bank| goes_on(&disk, loss, seed + bank, rounds, transfers));
}

/// Power is lost again and again: what one loss leaves behind, the next process begins with.
fn goes_on(disk: &Disk, loss: Loss, seed: u64, rounds: usize, transfers: u64) {
    let (_folder, file) = sqlite_file();
    let mut fire = Fire::new(program(), Place::sqlite(&file), seed);
    fire.make_ready();
    for round in 1.. {
        let seen = cut(&mut fire, disk, &file, loss);
        seen.verdict.must_be_clean(&format!("{loss}, in round {round} of seed {seed}"));
        if round >= rounds && fire.between > 0 && seen.happened.transfers() >= transfers {
            break;
        }
        assert!(round < rounds + MORE, "seed {seed}: that was no fire: {:?}", fire.counts(&seen.happened, None));
    }
    let Seen { verdict, happened, .. } = fire.end(|_| {});
    println!("{loss}: {} records; {:?}", verdict.records, fire.counts(&happened, None));
    verdict.must_be_clean(&format!("{loss}, at the end of seed {seed}"));
}

#[test]
fn the_older_part_of_it_reaches_the_disk() {
    is_sound(Loss::Prefix);
}

#[test]
fn any_of_the_writes_reach_the_disk() {
    is_sound(Loss::Subset);
}

#[test]
fn any_sectors_reach_the_disk() {
    is_sound(Loss::Torn);
}

/// Else the disk has forgotten nothing, and nothing was shown. Money is conserved even so.
#[test]
fn the_weaker_durability_loses_answers_and_no_money() {
    let (disk, seed) = (Disk::compile(), seed());
    println!("seed {seed}");
    let mut losses = 0;
    for round in 0.. {
        let (_folder, file) = sqlite_file();
        let loss = Loss::ALL[round % 3];
        let mut fire = Fire::new(program(), Place::Sqlite { file: file.clone(), weaker: true }, seed + round as u64);
        fire.make_ready();
        let mut verdict = cut(&mut fire, &disk, &file, loss).verdict;
        let found = verdict.findings.len();
        verdict.findings.retain(|finding| !finding.check.starts_with("what was acknowledged is "));
        losses += usize::from(verdict.findings.len() < found);
        verdict.must_be_clean(&format!("{loss}, in round {round} of seed {seed}"));
        if round >= 2 && losses > 0 {
            return println!("{losses} of {} rounds lost something acknowledged", round + 1);
        }
        assert!(round < MORE, "seed {seed}: losing power takes nothing away");
    }
}
