impl Account {
    pub fn deposit(&mut self, amount: Money) -> Result<(), Rejection> {
        self.raise(DepositMade { amount })
    }
    fn on_account_opened(&mut self, _: &AccountOpened) {}
    fn on_deposit_made(&mut self, event: &DepositMade) {
        self.balance += event.amount;
    }
    fn balance_must_not_be_negative(&self) -> Result<(), Rejection> {
        ensure!(self.balance >= Money::ZERO, balance : "balance cannot be negative")
    }
}
impl Account {
    #[doc(hidden)]
    const __ALL_APPLY_AND_INVARIANT_METHODS_GO_IN_ONE_AGGREGATE_IMPL: () = ();
}
/// Every event of [`Account`], from its `#[apply]` methods.
#[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
pub enum AccountEvent {
    /// [`AccountOpened`].
    AccountOpened(AccountOpened),
    /// [`DepositMade`].
    DepositMade(DepositMade),
}
impl ::fidelis::Apply<AccountOpened> for Account {
    #[inline]
    fn apply(&mut self, event: &AccountOpened) {
        self.on_account_opened(event)
    }
}
impl ::core::convert::From<AccountOpened> for AccountEvent {
    fn from(event: AccountOpened) -> Self {
        AccountEvent::AccountOpened(event)
    }
}
impl ::fidelis::Apply<DepositMade> for Account {
    #[inline]
    fn apply(&mut self, event: &DepositMade) {
        self.on_deposit_made(event)
    }
}
impl ::core::convert::From<DepositMade> for AccountEvent {
    fn from(event: DepositMade) -> Self {
        AccountEvent::DepositMade(event)
    }
}
impl ::fidelis::Replay for Account {
    type Event = AccountEvent;
    const DEFINITION: u64 = 0xc6aead999f9d1f46;
    #[inline]
    fn replay(&mut self, event: &AccountEvent) {
        match event {
            AccountEvent::AccountOpened(event) => self.on_account_opened(event),
            AccountEvent::DepositMade(event) => self.on_deposit_made(event),
        }
    }
}
impl ::fidelis::EventSet for AccountEvent {
    const EVENTS: &'static [::fidelis::EventType] = &[
        ::fidelis::EventType::of::<AccountOpened>(),
        ::fidelis::EventType::of::<DepositMade>(),
    ];
    #[inline]
    fn index(&self) -> usize {
        match self {
            AccountEvent::AccountOpened(_) => 0,
            AccountEvent::DepositMade(_) => 1,
        }
    }
    fn encode(
        &self,
    ) -> ::core::result::Result<
        ::std::boxed::Box<str>,
        ::fidelis::__private::PayloadError,
    > {
        match self {
            AccountEvent::AccountOpened(event) => ::fidelis::__private::to_json(event),
            AccountEvent::DepositMade(event) => ::fidelis::__private::to_json(event),
        }
    }
    fn decode(
        index: usize,
        payload: &str,
    ) -> ::core::result::Result<Self, ::fidelis::__private::PayloadError> {
        match index {
            0 => ::fidelis::__private::decode(payload).map(AccountEvent::AccountOpened),
            1 => ::fidelis::__private::decode(payload).map(AccountEvent::DepositMade),
            _ => ::core::unreachable!("an index is a place in `EVENTS`"),
        }
    }
}
const _: () = ::fidelis::__private::assert_unique(
    <AccountEvent as ::fidelis::EventSet>::EVENTS,
);
impl ::fidelis::__private::Invariants for Account {
    const PRE: &'static [::fidelis::__private::Invariant<Self>] = &[];
    const POST: &'static [::fidelis::__private::Invariant<Self>] = &[
        ::fidelis::__private::Invariant {
            name: "balance_must_not_be_negative",
            check: Self::balance_must_not_be_negative,
        },
    ];
}
