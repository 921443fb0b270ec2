/// An account.
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::default::Default,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
pub struct Account {
    pub balance: Money,
    /// Identity, version and the events not yet stored; kept by Fidelis.
    #[serde(skip)]
    root: ::fidelis::Root<Self>,
}
impl ::fidelis::Aggregate for Account {
    const NAME: &'static str = "Account";
    const STREAM: &'static str = "account";
    const DEFINITION: u64 = 0x42991b2ec95a947f;
    type Storage = ::fidelis::EventSourced;
    type Facts = ::fidelis::NoFacts;
    fn root(&self) -> &::fidelis::Root<Self> {
        &self.root
    }
    fn root_mut(&mut self) -> &mut ::fidelis::Root<Self> {
        &mut self.root
    }
    fn copy_from(&mut self, other: &Self) {
        ::core::clone::Clone::clone_from(&mut self.balance, &other.balance);
        ::core::clone::Clone::clone_from(&mut self.root, &other.root);
    }
}
impl ::fidelis::Validated for Account {}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Aggregate(
        ::fidelis::__private::AggregateRow::of::<Account>(),
    );
    ::fidelis::__register!(ELEMENT);
};
