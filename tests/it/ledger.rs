//! A small bank whose consumers do what a test tells them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use fidelis::{CountingRandomness, EngineBuilder, ManualClock, Randomness, RetryPolicy, Store, Uuid, prelude::*};

fidelis::domain!("ledger");

#[event(part_of = Account)]
pub struct Opened {
    pub owner: String,
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Deposited {
    pub amount: i64,
}

#[event(part_of = Account)]
pub struct Withdrawn {
    pub amount: i64,
}

#[aggregate(event_sourced)]
pub struct Account {
    pub owner: String,
    pub balance: i64,
}

#[aggregate]
impl Account {
    pub fn open(id: Id<Account>, owner: String, amount: i64) -> Result<Account, Rejection> {
        let mut account = Account::new(id);
        account.raise(Opened { owner, amount })?;
        Ok(account)
    }

    pub fn deposit(&mut self, amount: i64) -> Result<i64, Rejection> {
        ensure!(amount > 0, amount: "must be positive");
        self.raise(Deposited { amount })?;
        Ok(self.balance)
    }

    pub fn withdraw(&mut self, amount: i64) -> Result<i64, Rejection> {
        self.raise(Withdrawn { amount })?;
        Ok(self.balance)
    }

    #[apply]
    fn on_opened(&mut self, event: &Opened) {
        self.owner.clone_from(&event.owner);
        self.balance = event.amount;
    }

    #[apply]
    fn on_deposited(&mut self, event: &Deposited) {
        self.balance += event.amount;
    }

    #[apply]
    fn on_withdrawn(&mut self, event: &Withdrawn) {
        self.balance -= event.amount;
    }

    #[invariant(post)]
    fn never_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= 0, balance: "insufficient funds")
    }
}

#[command(part_of = Account)]
pub struct Open {
    #[garde(length(min = 1))]
    pub owner: String,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct Deposit {
    #[identifier]
    pub account: Id<Account>,
    pub amount: i64,
}

#[command(part_of = Account)]
pub struct Withdraw {
    #[identifier]
    pub account: Id<Account>,
    pub amount: i64,
}

/// Deposits several amounts, as one unit.
#[command(part_of = Account)]
pub struct DepositAll {
    #[identifier]
    pub account: Id<Account>,
    pub amounts: Vec<i64>,
}

/// Asks how much is in it; changes nothing.
#[command(part_of = Account)]
pub struct Count {
    #[identifier]
    pub account: Id<Account>,
}

/// Moves money; decides again when others write.
#[command(part_of = Account)]
pub struct Transfer {
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

/// Moves money; leaves it to the caller to decide again.
#[command(part_of = Account)]
pub struct TransferOnce {
    pub from: Id<Account>,
    pub to: Id<Account>,
    pub amount: i64,
}

/// Opens an account with words about it, in no order.
#[command(part_of = Account)]
pub struct OpenDescribed {
    pub words: HashMap<String, HashMap<String, u32>>,
    pub list: Vec<u32>,
}

#[derive(Default)]
pub struct Teller;

#[command_handler(part_of = Account)]
impl Teller {
    #[handle]
    fn open(&self, command: Open, id: Id<Account>) -> Result<Account, Rejection> {
        Account::open(id, command.owner, command.amount)
    }

    #[handle]
    fn open_described(&self, command: OpenDescribed, id: Id<Account>) -> Result<Account, Rejection> {
        Account::open(id, "somebody".into(), command.words.len() as i64)
    }

    #[handle]
    fn deposit(&self, command: Deposit, account: &mut Account) -> Result<i64, Rejection> {
        account.deposit(command.amount)
    }

    #[handle]
    fn count(&self, _: Count, account: &mut Account) -> Result<i64, Rejection> {
        Ok(account.balance)
    }

    #[handle]
    fn withdraw(&self, command: Withdraw, account: &mut Account) -> Result<i64, Rejection> {
        account.withdraw(command.amount)
    }

    #[handle]
    fn deposit_all(&self, command: DepositAll, account: &mut Account) -> Result<(), Rejection> {
        command.amounts.into_iter().try_for_each(|amount| account.deposit(amount).map(drop))
    }

    #[handle(retry)]
    async fn transfer(&self, command: Transfer, ctx: &Context) -> Result<(), HandlerError> {
        transfer(command.from, command.to, command.amount, ctx).await
    }

    #[handle]
    async fn transfer_once(&self, command: TransferOnce, ctx: &Context) -> Result<(), HandlerError> {
        transfer(command.from, command.to, command.amount, ctx).await
    }
}

async fn transfer(from: Id<Account>, to: Id<Account>, amount: i64, ctx: &Context) -> Result<(), HandlerError> {
    let mut source = ctx.get(from).await?;
    let mut target = ctx.get(to).await?;
    source.withdraw(amount)?;
    target.deposit(amount)?;
    ctx.save(source)?;
    ctx.save(target)?;
    Ok(())
}

/// What a test lets a consumer do with a message, before anything else.
#[derive(Clone, Default)]
pub struct Hook(Arc<Mutex<Option<HookFn>>>);

type HookFn = Box<dyn FnMut(&Metadata) -> Result<(), HandlerError> + Send>;

impl Hook {
    pub fn set(&self, hook: impl FnMut(&Metadata) -> Result<(), HandlerError> + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(hook));
    }

    pub fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn call(&self, meta: &Metadata) -> Result<(), HandlerError> {
        // A hook may panic: that is what some tests want.
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(hook) => hook(meta),
            None => Ok(()),
        }
    }
}

/// The balance of each account.
#[projection]
pub struct Balance {
    #[identifier]
    pub account: Id<Account>,
    pub amount: i64,
    pub moves: i64,
}

#[derive(Default)]
pub struct BalanceProjector(pub Hook);

#[projector(projector_for = Balance, aggregates = [Account])]
impl BalanceProjector {
    #[on]
    fn on_opened(&self, event: &Opened, meta: &Metadata) -> Result<Balance, HandlerError> {
        self.0.call(meta)?;
        let account = meta.stream.id().parse()?;
        Ok(Balance { account, amount: event.amount, moves: 1 })
    }

    #[on]
    fn on_deposited(&self, balance: &mut Balance, event: &Deposited, meta: &Metadata) -> Result<(), HandlerError> {
        balance.amount += event.amount;
        balance.moves += 1;
        // After the change: what a refused message has done already must not stay.
        self.0.call(meta)
    }

    #[on]
    fn on_withdrawn(&self, balance: &mut Balance, event: &Withdrawn, meta: &Metadata) -> Result<(), HandlerError> {
        balance.amount -= event.amount;
        balance.moves += 1;
        self.0.call(meta)
    }
}

/// What it saw, in the order in which it saw it.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<Vec<u64>>>);

impl Seen {
    pub fn positions(&self) -> Vec<u64> {
        self.0.lock().unwrap().clone()
    }
}

/// Looks at everything and writes nothing.
#[derive(Default)]
pub struct Watcher {
    pub hook: Hook,
    pub seen: Seen,
}

#[event_handler(part_of = Account)]
impl Watcher {
    #[handle]
    fn on_opened(&self, _: &Opened, meta: &Metadata) -> Result<(), HandlerError> {
        self.look(meta)
    }

    #[handle]
    fn on_deposited(&self, _: &Deposited, meta: &Metadata) -> Result<(), HandlerError> {
        self.look(meta)
    }

    #[handle]
    fn on_withdrawn(&self, _: &Withdrawn, meta: &Metadata) -> Result<(), HandlerError> {
        self.look(meta)
    }
}

impl Watcher {
    fn look(&self, meta: &Metadata) -> Result<(), HandlerError> {
        self.hook.call(meta)?;
        self.seen.0.lock().unwrap().push(meta.global_position);
        Ok(())
    }
}

/// The names of the consumers.
pub const BALANCES: &str = "ledger.BalanceProjector";
pub const WATCHER: &str = "ledger.Watcher";

/// One source of identities for all engines of a test: two that count for themselves would give the same ones.
#[derive(Clone, Debug, Default)]
struct Shared(Arc<CountingRandomness>);

impl Randomness for Shared {
    fn uuid(&self, now: Timestamp) -> Uuid {
        self.0.uuid(now)
    }

    fn fraction(&self) -> f64 {
        self.0.fraction()
    }
}

/// The ledger with a clock and hooks in a test's hand.
#[derive(Clone, Default)]
pub struct Bench {
    pub clock: Arc<ManualClock>,
    randomness: Shared,
    pub balances: Hook,
    pub watcher: Hook,
    pub seen: Seen,
}

impl Bench {
    /// An engine being put together.
    pub fn on(&self, store: impl Store) -> EngineBuilder {
        domain()
            .with(BalanceProjector(self.balances.clone()))
            .with(Watcher { hook: self.watcher.clone(), seen: self.seen.clone() })
            .on(store)
            .clock(Arc::clone(&self.clock))
            .randomness(self.randomness.clone())
    }

    /// A running engine.
    pub fn start(&self, store: impl Store) -> Engine {
        fidelis::block_on(self.on(store).start()).unwrap()
    }

    /// A running engine that tries this often.
    pub fn start_with(&self, store: impl Store, retry: RetryPolicy) -> Engine {
        fidelis::block_on(self.on(store).retry(retry).start()).unwrap()
    }
}

/// Opens an account.
pub fn open(engine: &Engine, owner: &str, amount: i64) -> Id<Account> {
    crate::stepping::run(engine.process(Open { owner: owner.to_owned(), amount })).unwrap().value
}

/// The row of an account: amount and moves.
pub fn balance(engine: &Engine, account: Id<Account>) -> Option<(i64, i64)> {
    let row = crate::stepping::run(engine.query::<Balance>().get(account)).unwrap();
    row.map(|row| (row.amount, row.moves))
}

/// The balance of an account as a fold of the log.
pub fn folded(engine: &Engine, account: Id<Account>) -> i64 {
    crate::stepping::run(engine.replay(account)).unwrap().balance
}
