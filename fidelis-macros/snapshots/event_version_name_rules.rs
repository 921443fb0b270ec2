#[derive(
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize,
    ::garde::Validate
)]
#[serde(crate = "::fidelis::__private::serde")]
#[garde(allow_unvalidated)]
#[derive(Clone, Eq)]
pub struct DepositMade {
    #[garde(length(max = 20))]
    pub reference: String,
}
impl ::fidelis::Event for DepositMade {
    type Aggregate = Account;
    const NAME: &'static str = "MoneyPaidIn";
    const VERSION: u32 = 2;
    const DEFINITION: u64 = 0xa0a34130002ec77b;
}
impl ::fidelis::PartOf<Account> for DepositMade {}
impl ::fidelis::Validated for DepositMade {
    fn validate(&self) -> ::core::result::Result<(), ::fidelis::Rejection> {
        ::fidelis::__private::validate_fields(self)
    }
}
const _: () = ::fidelis::__private::require_apply::<Account, DepositMade>();
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Event(
        ::fidelis::EventType::of::<DepositMade>(),
    );
    ::fidelis::__register!(ELEMENT);
};
