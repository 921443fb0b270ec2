use std::path::Path;

use fidelis::{block_on, prelude::*, sqlite::SqliteStore};

use crate::{Exit, Failure, Program};

fidelis::domain!("shop");

#[event(part_of = Order)]
pub(crate) struct Ordered {}

#[event(part_of = Order)]
pub(crate) struct Packed {}

#[aggregate(event_sourced)]
pub(crate) struct Order {
    pub(crate) is_packed: bool,
}

#[aggregate]
impl Order {
    #[apply]
    fn on_ordered(&mut self, _: &Ordered) {}

    #[apply]
    fn on_packed(&mut self, _: &Packed) {
        self.is_packed = true;
    }
}

#[command(part_of = Order)]
pub(crate) struct Place {
    #[identifier]
    pub(crate) id: Id<Order>,
}

#[command(part_of = Order)]
pub(crate) struct Pack {
    #[identifier]
    pub(crate) id: Id<Order>,
}

#[derive(Default)]
pub(crate) struct Clerk;

#[command_handler(part_of = Order)]
impl Clerk {
    #[handle]
    fn place(&self, _: Place, id: Id<Order>) -> Result<Order, Rejection> {
        let mut order = Order::new(id);
        order.raise(Ordered {})?;
        Ok(order)
    }

    #[handle]
    fn pack(&self, _: Pack, _: &mut Order) -> Result<(), Rejection> {
        Err(Rejection::new("order", "there is no paper"))
    }
}

#[process_manager(correlate = order)]
pub(crate) struct Shipping {
    pub(crate) order: Id<Order>,
}

#[process_manager(never_rejected = [Pack])]
impl Shipping {
    #[handle(start)]
    fn on_ordered(&mut self, _: &Ordered, then: &mut Effects<Self>) {
        then.issue(Pack { id: self.order });
        then.start_timer(Self::LATE, SignedDuration::from_hours(24));
    }

    #[handle(end, issued)]
    fn on_packed(&mut self, _: &Packed) {}

    #[on_timeout("late")]
    fn on_late(&mut self) {}
}

/// What a call prints, and how it ends.
fn call(folder: &Path, arguments: &[&str]) -> (String, Result<(), Failure>) {
    let mut out = Vec::new();
    let url = format!("sqlite:{}", folder.join("shop.db").display());
    let all = ["shop", "processes"].iter().chain(arguments).chain(&["--database", &url]).map(Into::into).collect::<Vec<_>>();
    let done = Program::new("shop", "1.2.3", domain, "memory").run(all, None, &mut out);
    (String::from_utf8(out).unwrap(), done)
}

fn told(folder: &Path, arguments: &[&str]) -> String {
    let (printed, done) = call(folder, arguments);
    done.unwrap();
    printed
}

fn refused(folder: &Path, arguments: &[&str]) -> (Exit, String) {
    let (printed, done) = call(folder, arguments);
    assert_eq!(printed, "");
    let failure = done.unwrap_err();
    (failure.exit(), failure.to_string())
}

#[test]
fn a_person_finds_a_process_looks_at_it_and_decides() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(told(folder, &["list"]), "there are none\n");
    let id = Id::named("order-17");
    {
        let store = block_on(SqliteStore::open(folder.join("shop.db"))).unwrap();
        let _ = block_on(block_on(domain().on(store).start()).unwrap().process(Place { id })).unwrap();
    }
    let stream = format!("shop::shipping-{id}");
    let listed = told(folder, &["list"]);
    for part in [
        &stream,
        "needs_person, step 2 was `refused` at ",
        "a timer fires at ",
        ": `Pack` was refused: {order: [there is no paper]}",
    ] {
        assert!(listed.contains(part), "`{part}` is missing in:\n{listed}");
    }
    assert_eq!(told(folder, &["list", "--status", "needs_person"]), listed);
    for arguments in [&["list", "--status", "completed"][..], &["list", "--unchanged", "2h"]] {
        assert_eq!(told(folder, arguments), "there are none\n");
    }
    let shown = told(folder, &["show", &stream]);
    let parts =
        ["state: {\"order\":", "timer `late`", "waits for a person", "step 1 at", "`on_ordered`, issued Pack", "step 2 at"];
    for part in parts {
        assert!(shown.contains(part), "`{part}` is missing in:\n{shown}");
    }
    assert!(!told(folder, &["show", &stream, "--steps", "1"]).contains("on_ordered"));
    let retried = told(folder, &["retry", &stream]);
    assert_eq!(retried, format!("`{stream}` is `needs_person` now: `Pack` was refused: {{order: [there is no paper]}}\n"));
    assert!(told(folder, &["list"]).contains("step 4 was `refused`"));
    let ended = told(folder, &["end", &stream, "--reason", "packed by hand"]);
    assert_eq!(ended, format!("`{stream}` is `ended` now: packed by hand\n"));
    assert_eq!(told(folder, &["list"]), "there are none\n");
    assert!(told(folder, &["list", "--status", "ended"]).contains(": packed by hand"));
    let (exit, why) = refused(folder, &["retry", &stream]);
    assert_eq!((exit, why.contains("needs no person: it is `ended`")), (Exit::Usage, true), "{why}");
}

#[test]
fn what_is_not_there_or_not_said_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [(&[&str], Exit, &str); 7] = [
        (&[], Exit::Usage, "subcommand"),
        (&["list", "--status", "stuck"], Exit::Usage, "needs_person"),
        (&["list", "--unchanged", "long"], Exit::Usage, "--unchanged"),
        (&["show", "shop::shipping-nobody"], Exit::NoInput, "there is no process `shop::shipping-nobody`"),
        (&["retry", "nonsense"], Exit::NoInput, "there is no process `nonsense`"),
        (&["end", "shop::shipping-nobody"], Exit::Usage, "--reason"),
        (&["end", "shop::shipping-nobody", "--reason", " "], Exit::Usage, "for a reason: say which"),
    ];
    for (arguments, exit, part) in cases {
        let (ended, why) = refused(folder.path(), arguments);
        assert!(ended == exit && why.contains(part), "{arguments:?}: {ended:?} {why}");
    }
}
