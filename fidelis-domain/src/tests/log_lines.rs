//! What the program's log says, and what it never says.

use std::{cell::RefCell, fmt, sync::Once};

use fidelis::{block_on, prelude::*};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::{Bank, deposit, opening, withdrawal};
use crate::{
    account::{Account, DepositMade, MakeDeposit},
    dashboard::AccountSummary,
    money::dollars,
};

thread_local! {
    /// The lines of a test that wants to see them; its commands and their consumers run on its own thread.
    static LINES: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Keeps the lines of whoever wants to see them.
struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        LINES.with_borrow_mut(|lines| {
            if let Some(lines) = lines {
                let mut line = Line(event.metadata().level().to_string());
                event.record(&mut line);
                lines.push(line.0);
            }
        });
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// One listener for all tests, from before the first line on: a place in the code that first logs while nobody listens can stay
/// silent for ever.
pub(super) fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Listener).expect("nobody else listens"));
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {field}={value:?}"));
    }
}

/// What is logged meanwhile.
fn lines(story: impl FnOnce()) -> Vec<String> {
    LINES.set(Some(Vec::new()));
    story();
    LINES.take().unwrap_or_default()
}

#[test]
fn a_rejected_command_is_one_line() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    let lines = lines(|| {
        bank.rejects(withdrawal(alice, dollars(200)));
    });
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].starts_with("INFO message=command rejected command=\"MakeWithdrawal\" id="), "{lines:?}");
    assert!(lines[0].ends_with("fields=\"balance\""), "{lines:?}");
}

#[test]
fn an_accepted_command_is_no_line() {
    let bank = Bank::open();
    let alice = bank.alice(dollars(100));
    assert_eq!(lines(|| bank.accepts(withdrawal(alice, dollars(50)))), [""; 0]);
}

#[test]
fn no_line_says_what_a_message_holds() {
    let bank = Bank::open();
    let lines = lines(|| {
        let alice = bank.accepts(opening("SECRET-1", "Secret Johnson", dollars(77_777)));
        let reference = Some("a secret reference".to_owned());
        bank.accepts(MakeDeposit { account_id: alice, amount: dollars(88_888), reference });
        bank.rejects(withdrawal(alice, dollars(999_999)));
        bank.rejects(opening(&"SECRET".repeat(5), "", dollars(77_777)));
        bank.alerts.strike(true);
        assert_eq!(bank.process(deposit(alice, dollars(88_888))).unwrap().lagging.len(), 1);
        let ghost = Id::named("ghost");
        bank.smuggle(ghost, &DepositMade { account_id: ghost, amount: dollars(88_888), reference: None });
        assert_eq!(bank.process(deposit(ghost, dollars(77_777))).unwrap().lagging.len(), 2);
        block_on(bank.engine.rebuild::<AccountSummary>()).unwrap_err();
        for parked in block_on(bank.engine.parked()).unwrap() {
            block_on(bank.engine.drop_parked(&parked.subscription, parked.position)).unwrap();
        }
    });
    assert!(lines.len() > 6, "{lines:?}");
    assert_no_secret(&lines);
}

#[test]
fn no_line_quotes_a_message_that_cannot_be_read() {
    let bank = Bank::open();
    let lines = lines(|| {
        for (number, payload) in [
            r#"{"account_id":"Secret","amount":"1.00","reference":null}"#,
            r#"{"account_id":"00000000-0000-0000-0000-000000000000","amount":"Secret","reference":null}"#,
            r#"{"account_id":"00000000-0000-0000-0000-000000000000","amount":88888,"reference":null}"#,
            r#"{"account_id":"00000000-0000-0000-0000-000000000000","amount":"1.00","reference":88888}"#,
        ]
        .iter()
        .enumerate()
        {
            bank.smuggle_text(Id::<Account>::named(&number.to_string()), "Fidelis.DepositMade.v1", payload);
        }
        block_on(Bank::on(bank.store.clone()).engine.settle()).unwrap();
    });
    let of = |consumer: &str| lines.iter().filter(|line| line.contains(&format!("subscription=\"fidelis.{consumer}\""))).count();
    assert_eq!((of("AccountSummaryProjector"), of("ComplianceAlertHandler"), lines.len()), (4, 4, 8), "{lines:#?}");
    assert_no_secret(&lines);
}

#[track_caller]
fn assert_no_secret(lines: &[String]) {
    let secrets = ["ecret", "SECRET", "77777", "88888", "99999"];
    let told: Vec<&String> = lines.iter().filter(|line| secrets.iter().any(|secret| line.contains(secret))).collect();
    assert!(told.is_empty(), "{told:#?}");
}
