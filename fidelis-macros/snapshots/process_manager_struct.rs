/// A transfer on its way.
#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::default::Default,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
#[serde(deny_unknown_fields)]
pub struct FundsTransfer {
    pub transfer_id: Id<Transfer>,
    pub amount: Money,
}
impl ::fidelis::process::ProcessManager for FundsTransfer {
    type Key = Id<Transfer>;
    const NAME: &'static str = "FundsTransfer";
    const STREAM: &'static str = "funds_transfer";
    const DEFINITION: u64 = 0x787251a0180b3074;
    fn correlate(&mut self, key: Self::Key) {
        self.transfer_id = key;
    }
}
const _: () = ::fidelis::__private::require_steps::<FundsTransfer>();
