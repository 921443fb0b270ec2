impl AccountCommandHandler {
    async fn make_deposit(
        &self,
        command: MakeDeposit,
        account: &mut Account,
        meta: &CommandMetadata,
    ) -> Result<(), HandlerError> {
        self.limits.ask(meta).await?;
        Ok(account.deposit(command.amount)?)
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
        run.update_in_context::<
                Account,
                _,
                _,
            >(
            self,
            false,
            |handler: &AccountCommandHandler, command, aggregate, context| ::std::boxed::Box::pin(async move {
                handler.make_deposit(command, aggregate, context.command()).await
            }),
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
