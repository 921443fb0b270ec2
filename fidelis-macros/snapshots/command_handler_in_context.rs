impl AccountCommandHandler {
    async fn import(
        &self,
        command: ImportAccounts,
        ctx: &Context,
    ) -> Result<u64, HandlerError> {
        self.import_all(command.file, ctx).await
    }
}
const _: () = ::fidelis::__private::require_part_of::<Account, ImportAccounts>();
impl ::fidelis::Handled for ImportAccounts {
    type Handler = AccountCommandHandler;
    type Output = u64;
    fn handle(
        self,
        run: ::fidelis::Run<'_, Self>,
    ) -> impl ::core::future::Future<
        Output = ::core::result::Result<Self::Output, ::fidelis::Error>,
    > + ::core::marker::Send {
        run.in_context(
            self,
            false,
            |handler: &AccountCommandHandler, command, context| ::std::boxed::Box::pin(async move {
                handler.import(command, context).await
            }),
        )
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::CommandHandler(::fidelis::__private::CommandRow {
        name: <ImportAccounts as ::fidelis::Command>::NAME,
        version: <ImportAccounts as ::fidelis::Command>::VERSION,
        stream: <<ImportAccounts as ::fidelis::Command>::Aggregate as ::fidelis::Aggregate>::STREAM,
        handler: ::fidelis::__handler_instance!(AccountCommandHandler),
        method: "import",
        process: ::fidelis::__private::process_json::<ImportAccounts>,
    });
    ::fidelis::__register!(ELEMENT);
};
