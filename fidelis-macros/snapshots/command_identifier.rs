#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
#[serde(deny_unknown_fields)]
pub struct MakeDeposit {
    pub account_id: Id<Account>,
    pub amount: Money,
}
impl ::fidelis::Command for MakeDeposit {
    type Aggregate = Account;
    const NAME: &'static str = "MakeDeposit";
    fn identity(&self) -> ::core::option::Option<::fidelis::Id<Account>> {
        ::core::option::Option::Some(::fidelis::Identified::identifier(self))
    }
}
impl ::fidelis::Identified<Account> for MakeDeposit {
    fn identifier(&self) -> ::fidelis::Id<Account> {
        self.account_id
    }
}
impl ::fidelis::Validated for MakeDeposit {}
const _: () = ::fidelis::__private::require_handler::<MakeDeposit>();
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Command(
        ::fidelis::__private::CommandType::of::<MakeDeposit>(),
    );
    ::fidelis::__register!(ELEMENT);
};
