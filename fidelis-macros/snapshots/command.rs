#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    pub holder_name: String,
}
impl ::fidelis::Command for OpenAccount {
    type Aggregate = Account;
    const NAME: &'static str = "OpenAccount";
}
impl ::fidelis::Validated for OpenAccount {}
const _: () = ::fidelis::__private::require_handler::<OpenAccount>();
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Command(
        ::fidelis::__private::CommandType::of::<OpenAccount>(),
    );
    ::fidelis::__register!(ELEMENT);
};
