//! What is public can be used from any thread, and its futures can move between threads.

use fidelis::{
    BoxFuture, Clock, Domain, EngineBuilder, Envelope, ManualClock, MemoryStore, Receipt, SystemClock,
    prelude::*,
    store::{Commit, Direction, PageLimit, ReadFrom},
};

use crate::ledger::{Account, Balance, Deposit, Open, Transfer, domain};

fn sent<T: Send>(_: T) {}

fn shared<T: Send + Sync>() {}

#[test]
fn types_can_be_shared() {
    shared::<Engine>();
    shared::<Context>();
    shared::<Domain>();
    shared::<Envelope>();
    shared::<Receipt<Id<Account>>>();
    shared::<Error>();
    shared::<Rejection>();
    shared::<MemoryStore>();
    shared::<Recorded>();
    shared::<Account>();
    shared::<Balance>();
    shared::<ManualClock>();
    sent::<Option<HandlerError>>(None);
    sent::<Option<EngineBuilder>>(None);
}

#[test]
fn futures_can_be_sent() {
    let engine = domain().in_memory().unwrap();
    let id = Id::<Account>::named("one");
    sent(domain().on(MemoryStore::default()).start());
    // A command of each shape.
    sent(engine.process(Open { owner: "alice".into(), amount: 1 }));
    sent(engine.process(Deposit { account: id, amount: 1 }));
    sent(engine.process(Transfer { from: id, to: id, amount: 1 }));
    sent(engine.process_with(Deposit { account: id, amount: 1 }, Envelope::keyed("k")));
    sent(engine.process_json("Deposit", "{}", Envelope::default()));
    sent(engine.load(id));
    sent(engine.find(id));
    sent(engine.replay(id));
    sent(engine.settle());
    sent(engine.follow(std::future::ready(())));
    sent(engine.rebuild::<Balance>());
    sent(engine.reader(fidelis::Records::All));
    sent(engine.reader(fidelis::Records::All).next());
    sent(engine.reader(fidelis::Records::All).next_page());
    sent(engine.parked());
    sent(engine.retry_parked("", 1));
    sent(engine.drop_parked("", 1));
    sent(engine.query::<Balance>().get(id));
    sent(engine.query::<Balance>().all());
    sent(engine.query::<Balance>().first());
    sent(engine.query::<Balance>().page(1, 1));
    sent(engine.query::<Balance>().count());
    sent(SystemClock.sleep(SignedDuration::ZERO));
    let store = engine.store();
    sent(store.read(ReadFrom::All { position: 1, direction: Direction::Forwards }, PageLimit::default()));
    sent::<BoxFuture<'_, _>>(store.head());
    sent(store.commit(Commit::new(
        engine.now(),
        fidelis::Origin {
            correlation_id: fidelis::MessageId::named("k"),
            causation_id: None,
            process: None,
            priority: 0,
            extensions: None,
        },
    )));
}

#[test]
fn futures_of_a_context_can_be_sent() {
    fn of(ctx: &Context) {
        let id = Id::<Account>::named("one");
        sent(ctx.get(id));
        sent(ctx.find(id));
        sent(ctx.process(Deposit { account: id, amount: 1 }));
        sent(ctx.process(Transfer { from: id, to: id, amount: 1 }));
        sent(ctx.query::<Balance>().all());
    }
    let _ = of;
}
