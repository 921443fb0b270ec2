impl ComplianceAlertHandler {
    async fn on_deposit_made(
        &self,
        event: &DepositMade,
        ctx: &Context,
    ) -> Result<(), HandlerError> {
        self.alert(event, ctx).await
    }
    fn on_fact(&self, fact: &Recorded, meta: &Metadata) {
        self.count(fact, meta);
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::EventHandler(::fidelis::__private::EventHandlerRow {
        handler: ::fidelis::__handler_instance!(ComplianceAlertHandler),
        part_of: <Account as ::fidelis::Aggregate>::STREAM,
        categories: &["account-fact"],
        methods: &[
            ::fidelis::__private::EventMethod {
                name: "on_deposit_made",
                event: ::fidelis::__private::EventSelector::Type(
                    ::fidelis::EventType::of::<DepositMade>(),
                ),
                call: |handler, message, context| ::std::boxed::Box::pin(async move {
                    let handler = ::fidelis::__private::handler::<
                        ComplianceAlertHandler,
                    >(handler);
                    let event = message.decode::<DepositMade>()?;
                    ::fidelis::HandlerResult::into_result(
                        handler.on_deposit_made(&event, context).await,
                    )
                }),
            },
            ::fidelis::__private::EventMethod {
                name: "on_fact",
                event: ::fidelis::__private::EventSelector::Name(
                    "Fidelis.AccountFactEvent.v1",
                ),
                call: |handler, message, _context| ::std::boxed::Box::pin(async move {
                    let handler = ::fidelis::__private::handler::<
                        ComplianceAlertHandler,
                    >(handler);
                    ::fidelis::HandlerResult::into_result(
                        handler.on_fact(message, &message.metadata),
                    )
                }),
            },
        ],
    });
    ::fidelis::__register!(ELEMENT);
};
