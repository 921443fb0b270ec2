//! What a domain is told about process managers that cannot work.

use fidelis::{
    EventType,
    prelude::*,
    process::{EventStep, ProcessManager, ProcessRow, Route, Timer, UndoStep, fits, key_of_field, step},
};

mod broken {
    use super::*;

    fidelis::domain!("broken");

    #[event(part_of = Thing)]
    pub struct Happened {
        pub key: String,
    }

    #[aggregate(event_sourced)]
    pub struct Thing {
        pub count: u32,
    }

    #[aggregate]
    impl Thing {
        #[apply]
        fn on_happened(&mut self, _: &Happened) {}
    }

    #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
    pub struct Lost;

    impl ProcessManager for Lost {
        type Key = String;
        const NAME: &'static str = "Lost";
        const STREAM: &'static str = "thing";
        const DEFINITION: u64 = 1;

        fn correlate(&mut self, _: String) {}
    }

    impl Lost {
        pub const NEVER: Timer<Lost> = Timer::new("never");
    }

    const fn on_happened(route: Route) -> EventStep {
        EventStep {
            name: "on_happened",
            event: EventType::of::<Happened>(),
            route,
            starts: false,
            ends: false,
            waits: None,
            call: |state, _| step::<Lost, ()>(state, |_, _| Ok(())),
        }
    }

    const _: () = {
        const ELEMENT: fidelis::__private::Element = fidelis::__private::Element::ProcessManager(ProcessRow {
            name: "Lost",
            stream: "thing",
            definition: 1,
            fits: fits::<Lost>,
            events: &[
                on_happened(Route::Issued),
                on_happened(Route::Field(|message| key_of_field::<Lost>(&message.decode::<Happened>()?.key))),
                on_happened(Route::Field(|message| key_of_field::<Lost>(&message.decode::<Happened>()?.key))),
            ],
            issues: &[],
            failures: &[],
            timeouts: &[],
            undos: &[UndoStep { name: "undo", command: "Do", call: |state, _| step::<Lost, ()>(Some(state), |_, _| Ok(())) }],
            undone: None,
            completes: false,
        });
        fidelis::__register!(ELEMENT);
    };
}

#[test]
fn all_faults_are_told_at_once_with_what_mends_them() {
    let faults = broken::domain().check().unwrap_err();
    let expected = [
        "two streams are called `thing`",
        "process manager `Lost` (in `it::process_check::broken`) never starts: mark the method for its first event `#[handle(start)]`",
        "never ends: mark the method for its last event `#[handle(end)]`, or call `then.mark_as_complete()` in a method of that block",
        "has two `#[handle(correlate)]` methods for `Broken.Happened.v1`: make one of them",
        "handles what it caused, but issues nothing: correlate those events by a field",
        "undoes `Do` in `undo`, but never issues it",
    ];
    let text = faults.to_string();
    for part in expected {
        assert!(text.contains(part), "`{part}` is missing in:\n{text}");
    }
    assert_eq!(faults.iter().count(), expected.len(), "{text}");
    assert_eq!(broken::Lost::NEVER.name(), "never");
}

#[test]
fn a_process_manager_that_works_has_no_faults() {
    assert_eq!(crate::process_bank::domain().check(), Ok(()));
}
