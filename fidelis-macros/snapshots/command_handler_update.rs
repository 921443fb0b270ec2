impl AccountCommandHandler {
    fn make_deposit(
        &self,
        command: MakeDeposit,
        account: &mut Account,
    ) -> Result<(), Rejection> {
        account.deposit(command.amount)
    }
}
const _: () = ::fidelis::__private::require_part_of::<Account, MakeDeposit>();
impl ::fidelis::Handled for MakeDeposit {
    type Handler = AccountCommandHandler;
    type Output = ();
    fn handle(
        self,
        run: ::fidelis::Run<'_, Self>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<Self::Output, ::fidelis::Error>,
    > + ::core::marker::Send {
        run.update::<
                Account,
                _,
                _,
            >(
            self,
            |handler: &AccountCommandHandler, command, aggregate, _metadata| {
                handler.make_deposit(command, aggregate)
            },
        )
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::CommandHandler(::fidelis::__private::CommandRow {
        name: <MakeDeposit as ::fidelis::Command>::NAME,
        version: <MakeDeposit as ::fidelis::Command>::VERSION,
        stream: <<MakeDeposit as ::fidelis::Command>::Aggregate as ::fidelis::Aggregate>::STREAM,
        handler: ::fidelis::__handler_instance!(AccountCommandHandler),
        method: "make_deposit",
        process: ::fidelis::__private::process_json::<MakeDeposit>,
    });
    ::fidelis::__register!(ELEMENT);
};
