/// Money came in.
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
pub struct DepositMade {
    pub account_id: Id<Account>,
    pub amount: Money,
}
impl ::fidelis::Event for DepositMade {
    type Aggregate = Account;
    const NAME: &'static str = "DepositMade";
    const DEFINITION: u64 = 0x95b3772c452e42f8;
}
impl ::fidelis::PartOf<Account> for DepositMade {}
impl ::fidelis::Validated for DepositMade {}
const _: () = ::fidelis::__private::require_apply::<Account, DepositMade>();
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Event(
        ::fidelis::EventType::of::<DepositMade>(),
    );
    ::fidelis::__register!(ELEMENT);
};
