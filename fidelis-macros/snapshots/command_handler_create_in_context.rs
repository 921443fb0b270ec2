impl AccountCommandHandler {
    async fn open_account(
        &self,
        command: OpenAccount,
        ctx: &Context,
    ) -> Result<Account, HandlerError> {
        Account::open(ctx.new_id(), self.names.find(command.holder).await?)
    }
}
const _: () = ::fidelis::__private::require_part_of::<Account, OpenAccount>();
impl ::fidelis::Handled for OpenAccount {
    type Handler = AccountCommandHandler;
    type Output = ::fidelis::Id<Account>;
    fn handle(
        self,
        run: ::fidelis::Run<'_, Self>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<Self::Output, ::fidelis::Error>,
    > + ::core::marker::Send {
        run.create_in_context(
            self,
            true,
            |handler: &AccountCommandHandler, command, _id, context| ::std::boxed::Box::pin(async move {
                handler.open_account(command, context).await
            }),
        )
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::CommandHandler(::fidelis::__private::CommandRow {
        name: <OpenAccount as ::fidelis::Command>::NAME,
        version: <OpenAccount as ::fidelis::Command>::VERSION,
        stream: <<OpenAccount as ::fidelis::Command>::Aggregate as ::fidelis::Aggregate>::STREAM,
        handler: ::fidelis::__handler_instance!(AccountCommandHandler),
        method: "open_account",
        process: ::fidelis::__private::process_json::<OpenAccount>,
    });
    ::fidelis::__register!(ELEMENT);
};
