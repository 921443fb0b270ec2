#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::default::Default,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize,
    ::garde::Validate
)]
#[serde(crate = "::fidelis::__private::serde")]
#[garde(allow_unvalidated)]
pub struct Account {
    /// Who holds it.
    #[garde(length(max = 100))]
    pub holder_name: String,
    #[serde(default)]
    pub balance: Money,
    /// Identity, version and the events not yet stored; kept by Fidelis.
    #[serde(skip)]
    root: ::fidelis::Root<Self>,
}
impl ::fidelis::Aggregate for Account {
    const NAME: &'static str = "Account";
    const STREAM: &'static str = "bank_account";
    const ON_REPLAY: ::fidelis::__private::OnReplay = ::fidelis::__private::OnReplay::Report;
    const DEFINITION: u64 = 0xe0e8fb37f9e7d0ab;
    type Storage = ::fidelis::EventSourced;
    type Facts = AccountFactEvent;
    fn root(&self) -> &::fidelis::Root<Self> {
        &self.root
    }
    fn root_mut(&mut self) -> &mut ::fidelis::Root<Self> {
        &mut self.root
    }
    fn copy_from(&mut self, other: &Self) {
        ::core::clone::Clone::clone_from(&mut self.holder_name, &other.holder_name);
        ::core::clone::Clone::clone_from(&mut self.balance, &other.balance);
        ::core::clone::Clone::clone_from(&mut self.root, &other.root);
    }
}
impl ::fidelis::Validated for Account {
    fn validate(&self) -> ::core::result::Result<(), ::fidelis::Rejection> {
        ::fidelis::__private::validate_fields(self)
    }
}
/// The whole of an [`Account`], after each save.
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
pub struct AccountFactEvent {
    /// Which [`Account`] it is.
    pub id: ::fidelis::Id<Account>,
    /// Who holds it.
    pub holder_name: String,
    #[serde(default)]
    pub balance: Money,
}
impl ::fidelis::Validated for AccountFactEvent {}
impl ::fidelis::Event for AccountFactEvent {
    type Aggregate = Account;
    const NAME: &'static str = "AccountFactEvent";
    const KIND: ::fidelis::MessageKind = ::fidelis::MessageKind::Fact;
}
impl ::fidelis::Fact for AccountFactEvent {
    fn of(aggregate: &Account) -> Self {
        Self {
            id: ::fidelis::Aggregate::id(aggregate),
            holder_name: ::core::clone::Clone::clone(&aggregate.holder_name),
            balance: ::core::clone::Clone::clone(&aggregate.balance),
        }
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Aggregate(
        ::fidelis::__private::AggregateRow::of::<Account>(),
    );
    ::fidelis::__register!(ELEMENT);
};
