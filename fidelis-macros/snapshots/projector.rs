impl AccountSummaryProjector {
    fn on_account_opened(
        &self,
        event: &AccountOpened,
        meta: &Metadata,
    ) -> AccountSummary {
        AccountSummary::new(event, meta)
    }
    fn on_deposit_made(&self, summary: &mut AccountSummary, event: &DepositMade) {
        summary.balance += event.amount;
    }
    fn on_account_closed(
        &self,
        summary: &mut Option<AccountSummary>,
        _: &AccountClosed,
    ) {
        *summary = None;
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Projector(::fidelis::__private::ProjectorRow {
        projector: ::fidelis::__handler_instance!(AccountSummaryProjector),
        table: ::fidelis::__private::table_of::<AccountSummary>(),
        aggregates: &[<Account as ::fidelis::Aggregate>::STREAM],
        methods: &[
            ::fidelis::__private::ProjectorMethod {
                name: "on_account_opened",
                event: ::fidelis::EventType::of::<AccountOpened>(),
                key: ::core::option::Option::None,
                call: |projector, message, row| {
                    let projector = ::fidelis::__private::handler::<
                        AccountSummaryProjector,
                    >(projector);
                    let event = message.decode::<AccountOpened>()?;
                    let new = ::fidelis::__private::new_row::<
                        AccountSummary,
                    >(projector.on_account_opened(&event, &message.metadata))?;
                    row.put(new);
                    ::core::result::Result::Ok(())
                },
            },
            ::fidelis::__private::ProjectorMethod {
                name: "on_deposit_made",
                event: ::fidelis::EventType::of::<DepositMade>(),
                key: ::core::option::Option::Some(
                    ::fidelis::__private::row_key::<AccountSummary, DepositMade>,
                ),
                call: |projector, message, row| {
                    let projector = ::fidelis::__private::handler::<
                        AccountSummaryProjector,
                    >(projector);
                    let event = message.decode::<DepositMade>()?;
                    row.update(|row: &mut AccountSummary| {
                        ::fidelis::HandlerResult::into_result(
                            projector.on_deposit_made(row, &event),
                        )
                    })
                },
            },
            ::fidelis::__private::ProjectorMethod {
                name: "on_account_closed",
                event: ::fidelis::EventType::of::<AccountClosed>(),
                key: ::core::option::Option::Some(|message| {
                    let event = message.decode::<AccountClosed>()?;
                    ::core::result::Result::Ok(
                        ::fidelis::__private::key_from::<
                            AccountSummary,
                        >(event.account_id),
                    )
                }),
                call: |projector, message, row| {
                    let projector = ::fidelis::__private::handler::<
                        AccountSummaryProjector,
                    >(projector);
                    let event = message.decode::<AccountClosed>()?;
                    row.replace(|row: &mut ::core::option::Option<AccountSummary>| {
                        ::fidelis::HandlerResult::into_result(
                            projector.on_account_closed(row, &event),
                        )
                    })
                },
            },
        ],
    });
    ::fidelis::__register!(ELEMENT);
};
