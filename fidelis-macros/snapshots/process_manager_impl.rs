impl FundsTransfer {
    fn on_transfer_initiated(
        &mut self,
        event: &TransferInitiated,
        then: &mut Effects<Self>,
    ) {
        then.issue(MakeDeposit::of(event));
        then.start_timer(Self::OVERDUE, SignedDuration::from_hours(1));
    }
    fn on_deposit_made(
        &mut self,
        event: &DepositMade,
        meta: &Metadata,
        then: &mut Effects<Self>,
    ) {
        then.issue(CompleteTransfer::of(event, meta));
    }
    fn on_receipt_signed(&mut self, _: &ReceiptSigned) {}
    fn on_deposit_rejected(
        &mut self,
        command: &MakeDeposit,
        why: &Rejection,
        then: &mut Effects<Self>,
    ) {
        then.undo(format!("{command:?}: {why}"));
    }
    fn on_failed(&mut self, why: &str, then: &mut Effects<Self>) {
        then.need_person(why);
    }
    fn on_overdue(&mut self, then: &mut Effects<Self>) {
        then.undo("overdue");
    }
    fn take_back(&mut self, done: &MakeDeposit, then: &mut Effects<Self>) {
        then.issue(MakeWithdrawal::against(done));
    }
    fn on_undone(&mut self, why: &str, then: &mut Effects<Self>) {
        then.issue(FailTransfer::because(why));
    }
}
impl FundsTransfer {
    #[doc(hidden)]
    const __ALL_STEPS_GO_IN_ONE_PROCESS_MANAGER_IMPL: () = ();
    /// The timer `overdue`.
    #[deny(dead_code)]
    pub(crate) const OVERDUE: ::fidelis::process::Timer<Self> = ::fidelis::process::Timer::new(
        "overdue",
    );
}
impl ::fidelis::process::IssuedBy<FundsTransfer> for MakeDeposit {}
impl ::fidelis::process::IssuedBy<FundsTransfer> for CompleteTransfer {}
const _: () = ::fidelis::__private::require_issued::<FundsTransfer, MakeDeposit>();
impl ::fidelis::process::Steps for FundsTransfer {
    const ROW: ::fidelis::process::ProcessRow = ::fidelis::process::ProcessRow {
        name: <FundsTransfer as ::fidelis::process::ProcessManager>::NAME,
        stream: <FundsTransfer as ::fidelis::process::ProcessManager>::STREAM,
        definition: <FundsTransfer as ::fidelis::process::ProcessManager>::DEFINITION,
        fits: ::fidelis::process::fits::<FundsTransfer>,
        events: &[
            ::fidelis::process::EventStep {
                name: "on_transfer_initiated",
                event: ::fidelis::EventType::of::<TransferInitiated>(),
                route: ::fidelis::process::Route::Field(
                    ::fidelis::process::key_of_aggregate::<
                        FundsTransfer,
                        TransferInitiated,
                    >,
                ),
                starts: true,
                ends: false,
                waits: ::core::option::Option::None,
                call: |state, message| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    state,
                    |process, then| {
                        let event = message.decode::<TransferInitiated>()?;
                        ::fidelis::process::ProcessManager::correlate(
                            process,
                            ::fidelis::process::identity::<
                                FundsTransfer,
                                TransferInitiated,
                            >(message)?,
                        );
                        ::core::result::Result::Ok(
                            process.on_transfer_initiated(&event, then),
                        )
                    },
                ),
            },
            ::fidelis::process::EventStep {
                name: "on_deposit_made",
                event: ::fidelis::EventType::of::<DepositMade>(),
                route: ::fidelis::process::Route::Issued,
                starts: false,
                ends: false,
                waits: ::core::option::Option::None,
                call: |state, message| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    state,
                    |process, then| {
                        let event = message.decode::<DepositMade>()?;
                        ::core::result::Result::Ok(
                            process.on_deposit_made(&event, &message.metadata, then),
                        )
                    },
                ),
            },
            ::fidelis::process::EventStep {
                name: "on_receipt_signed",
                event: ::fidelis::EventType::of::<ReceiptSigned>(),
                route: ::fidelis::process::Route::Field(|message| {
                    let event = message.decode::<ReceiptSigned>()?;
                    ::fidelis::process::key_of_field::<FundsTransfer>(&event.transfer)
                }),
                starts: false,
                ends: true,
                waits: ::core::option::Option::Some(SignedDuration::from_hours(1)),
                call: |state, message| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    state,
                    |process, _then| {
                        let event = message.decode::<ReceiptSigned>()?;
                        ::core::result::Result::Ok(process.on_receipt_signed(&event))
                    },
                ),
            },
        ],
        issues: &[
            ::fidelis::process::IssuedRow {
                command: ::fidelis::process::IssuedType::of::<MakeDeposit>(),
                on_rejected: ::core::option::Option::Some(::fidelis::process::RejectedStep {
                    name: "on_deposit_rejected",
                    call: |state, command, why| ::fidelis::process::step::<
                        FundsTransfer,
                        _,
                    >(
                        ::core::option::Option::Some(state),
                        |process, then| {
                            let command = ::fidelis::process::issued::<
                                MakeDeposit,
                            >(command)?;
                            ::core::result::Result::Ok(
                                process.on_deposit_rejected(&command, why, then),
                            )
                        },
                    ),
                }),
            },
            ::fidelis::process::IssuedRow {
                command: ::fidelis::process::IssuedType::of::<CompleteTransfer>(),
                on_rejected: ::core::option::Option::None,
            },
        ],
        failures: &[
            ::fidelis::process::FailedStep {
                name: "on_failed",
                command: ::core::option::Option::None,
                call: |state, _, why| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    ::core::option::Option::Some(state),
                    |process, then| ::core::result::Result::Ok(
                        process.on_failed(why, then),
                    ),
                ),
            },
        ],
        timeouts: &[
            ::fidelis::process::TimeoutStep {
                name: "on_overdue",
                timer: "overdue",
                call: |state| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    ::core::option::Option::Some(state),
                    |process, then| ::core::result::Result::Ok(process.on_overdue(then)),
                ),
            },
        ],
        undos: &[
            ::fidelis::process::UndoStep {
                name: "take_back",
                command: <MakeDeposit as ::fidelis::Command>::NAME,
                call: |state, done| ::fidelis::process::step::<
                    FundsTransfer,
                    _,
                >(
                    ::core::option::Option::Some(state),
                    |process, then| {
                        let done = ::fidelis::process::issued::<MakeDeposit>(done)?;
                        ::core::result::Result::Ok(process.take_back(&done, then))
                    },
                ),
            },
        ],
        undone: ::core::option::Option::Some(::fidelis::process::UndoneStep {
            name: "on_undone",
            call: |state, why| ::fidelis::process::step::<
                FundsTransfer,
                _,
            >(
                ::core::option::Option::Some(state),
                |process, then| ::core::result::Result::Ok(process.on_undone(why, then)),
            ),
        }),
        completes: false,
    }
        .with_steps_in_definition();
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::ProcessManager(
        <FundsTransfer as ::fidelis::process::Steps>::ROW,
    );
    ::fidelis::__register!(ELEMENT);
};
