//! A bug is not a refusal: it has a kind of its own, and whoever meets it leaves nothing behind.

use std::{io, sync::Arc};

use fidelis::{ManualClock, MemoryStore, block_on, prelude::*};

use super::{Bank, deposit, log_lines::listen, opening};
use crate::{
    account::Account,
    money::dollars,
    notices::{Notice, NotificationHandler, Post},
};

/// Do something that the author has not thought of.
#[command(part_of = Account)]
struct Stumble {
    #[identifier]
    account_id: Id<Account>,
    panics: bool,
}

#[derive(Default)]
struct StumblingHandler;

#[command_handler(part_of = Account)]
impl StumblingHandler {
    #[handle]
    fn stumble(&self, command: Stumble, account: &mut Account) -> Result<(), HandlerError> {
        account.deposit(dollars(1_000_000), None)?;
        assert!(!command.panics, "an index is out of bounds");
        Err(HandlerError::failed("a file is missing"))
    }
}

#[test]
fn a_handler_that_fails_or_panics_is_not_a_rejection_and_leaves_nothing_behind() {
    let bank = Bank::open();
    let account_id = bank.alice(dollars(100));
    let before = bank.account(account_id);
    for (panics, reason) in [(false, "a file is missing"), (true, "an index is out of bounds")] {
        let error = bank.process(Stumble { account_id, panics }).unwrap_err();
        assert_eq!((error.kind(), error.rejection()), (ErrorKind::Failed, None));
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(bank.account(account_id), before);
    }
    bank.accepts(deposit(account_id, dollars(1)));
    assert_eq!(bank.events(account_id), ["Fidelis.AccountOpened.v1", "Fidelis.DepositMade.v1"]);
}

/// A post whose author has made a mistake.
struct StumblingPost;

impl Post for StumblingPost {
    fn send(&self, _: Notice) -> io::Result<()> {
        panic!("an index is out of bounds")
    }
}

#[test]
fn a_consumer_that_panics_is_parked_like_one_that_fails() {
    listen();
    let domain = crate::domain().with(NotificationHandler::new(Arc::new(StumblingPost)));
    let engine = block_on(domain.on(MemoryStore::default()).clock(ManualClock::default()).start()).unwrap();
    let receipt = block_on(engine.process(opening("ACC-001", "Alice Johnson", dollars(100)))).unwrap();
    assert_eq!(receipt.lagging.len(), 1);
    assert_eq!(&*receipt.lagging[0].subscription, "fidelis.NotificationHandler");
    assert!(receipt.lagging[0].error.contains("an index is out of bounds"), "{:?}", receipt.lagging);
    assert_eq!(block_on(engine.load(receipt.value)).unwrap().balance, dollars(100));
}
