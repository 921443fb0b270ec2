//! Domains that are broken, each in one way: what every test proves besides what it says.

mod faulty;
mod homeless;
mod loose;
mod lossy;
mod partial;
mod stored;

use fidelis::testing::*;

use self::{
    faulty::{Made, Mailer, Thing},
    lossy::{AskTitle, Count, Entitle, Restless, ThinkTwice, Turn, Write, Written, note},
};
use super::failing::assert_fails;

fn written(pages: u32) -> Written {
    Written { text: "Once".to_owned(), pages }
}

#[test]
fn an_event_that_loses_a_field() {
    assert_fails(
        || {
            given(written(0)).when(Write { note: note(), pages: 3 }).then_accepted();
        },
        r#"
            an event does not survive being stored and read

              `Lossy.Written.v1`: Written(Written { text: "Once", pages: 3 }) was written, Written(Written { text: "Once", pages: 0 }) is read

            the story
              given  Written { text: "Once" }
               when  Write { note: "…e0ec1f", pages: 3 }
                     → accepted
                     + Written { text: "Once" }

            `Note` …e0ec1f, version 1
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn a_given_event_that_loses_a_field() {
    assert_fails(
        || {
            given(written(3)).when(Turn { note: note() }).then_accepted();
        },
        r#"
            an event does not survive being stored and read

              `Lossy.Written.v1`: Written(Written { text: "Once", pages: 3 }) was written, Written(Written { text: "Once", pages: 0 }) is read

            the story
              given  Written { text: "Once" }

            `Note` …e0ec1f, version 0
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn an_event_that_loses_a_field_when_a_method_is_called() {
    assert_fails(
        || {
            given(written(0)).when_called(|note| note.write(3)).then_accepted();
        },
        r#"
            an event does not survive being stored and read

              `Lossy.Written.v1`: Written(Written { text: "Once", pages: 3 }) was written, Written(Written { text: "Once", pages: 0 }) is read

            the story
              given  Written { text: "Once" }
               when  a method was called
                     → accepted

            `Note` …88e276, version 1
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn an_event_that_is_written_differently_when_it_was_read() {
    assert_fails(
        || {
            given(written(0)).when(Entitle { note: note(), title: "ONCE".to_owned() }).then_accepted();
        },
        r#"
            an event does not survive being stored and read

              `Lossy.Titled.v1`: {"title":"ONCE"} was written; read and written again it is {"title":"once"}

            the story
              given  Written { text: "Once" }
               when  Entitle { note: "…e0ec1f", title: "ONCE" }
                     → accepted
                     + Titled { title: "ONCE" }

            `Note` …e0ec1f, version 1
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn an_event_of_a_state_stored_aggregate_that_is_written_differently_when_it_was_read() {
    assert_fails(
        || {
            given_nothing().when_called(|page: &mut stored::Page| page.tear()).then_accepted();
        },
        r#"
            an event does not survive being stored and read

              `Stored.Torn.v1`: {"why":"ANGER"} was written; read and written again it is {"why":"anger"}

            the story
               when  a method was called
                     → accepted
        "#,
    );
}

#[test]
fn an_event_that_is_applied_differently_each_time() {
    assert_fails(
        || {
            given(written(0)).when(Turn { note: note() }).then_accepted();
        },
        r#"
            `Note` …e0ec1f is not the same when it is replayed from the log

              field  live  replayed
              turns  101   102

            the story
              given  Written { text: "Once" }
               when  Turn { note: "…e0ec1f" }
                     → accepted
                     + Turned

            `Note` …e0ec1f, version 1
              text   "Once"
              turns  103
        "#,
    );
}

#[test]
fn a_state_of_which_a_snapshot_has_only_a_part() {
    assert_fails(
        || {
            let sheet = fidelis::Id::named("sheet");
            given(partial::Stamped {}).when(partial::Stamp { sheet }).then_accepted();
        },
        r#"
            `Sheet` …73da93 is not the same when it is loaded from a snapshot and the events after it (snapshot after 2)

              snapshot  Sheet { stamps: 0, root: Root { id: …73da93, version: Some(1) } }
              replayed  Sheet { stamps: 2, root: Root { id: …73da93, version: Some(1) } }

            the story
              given  Stamped
               when  Stamp { sheet: "…73da93" }
                     → accepted
                     + Stamped
        "#,
    );
}

#[test]
fn a_state_that_changes_without_an_event() {
    assert_fails(
        || {
            given(written(0)).when_called(|note| note.scribble()).then_accepted();
        },
        r#"
            `Note` is not the same when it is replayed from its events

              field  live  replayed
              turns  7     0

            the story
              given  Written { text: "Once" }
               when  a method was called
                     → accepted

            `Note` …88e276, version 0
              text   "Once"
              turns  7
        "#,
    );
}

#[test]
fn a_refused_call_that_changes_the_state() {
    assert_fails(
        || {
            given(written(0)).when_called(|note| note.scribble_and_refuse()).then_rejected("text", "not like that");
        },
        r#"
            the call was rejected, and yet it changed the aggregate

              field  before  after
              turns  0       7

            the story
              given  Written { text: "Once" }
               when  a method was called
                     → rejected: {text: [not like that]}

            `Note` …88e276, version 0
              text   "Once"
              turns  7
        "#,
    );
}

#[test]
fn an_answer_that_is_another_one_when_it_is_repeated() {
    assert_fails(
        || {
            given(written(0)).when(AskTitle { note: note() }).then_accepted();
        },
        r#"
            the command was sent again under the same key, and that was not without effect

              first answer   accepted: "ONCE"
              second answer  accepted: "once"

            the story
              given  Written { text: "Once" }
               when  AskTitle { note: "…e0ec1f" }
                     → accepted: "ONCE"

            `Note` …e0ec1f, version 0
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn a_command_that_is_not_recognised_when_it_is_repeated() {
    assert_fails(
        || {
            given(written(0)).when(Restless { note: note(), number: 0 }).then_accepted();
        },
        r#"
            the command was sent again under the same key, and that was not without effect

              first answer   accepted
              second answer  the key of this `Restless` was used for another command: choose a new key for each command

            the story
              given  Written { text: "Once" }
               when  Restless { note: "…e0ec1f", number: 0 }
                     → accepted

            `Note` …e0ec1f, version 0
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn a_refused_command_that_stores_something() {
    assert_fails(
        || {
            given(written(0)).when(ThinkTwice { note: note() }).then_rejected("text", "after all, no");
        },
        r#"
            the command did not succeed, and yet something was stored

               3 + Written { text: "Once" }
               4 + NoteFactEvent { id: "…e0ec1f", text: "Once", turns: 0 }

            the story
              given  Written { text: "Once" }
               when  ThinkTwice { note: "…e0ec1f" }
                     → rejected: {text: [after all, no]}

            `Note` …e0ec1f, version 1
              text   "Once"
              turns  0
        "#,
    );
}

#[test]
fn a_projector_that_remembers() {
    assert_fails(
        || {
            given_projection::<Count>()
                .events(note(), written(0))
                .when_happened(note(), written(0))
                .then_row(note(), |row| assert_eq!(row.events, 2));
        },
        r#"
            a rebuild of `count` from the log gives other rows

              ≠ count { note: "…e0ec1f", events: 4 }
                  field   expected  actual
                  events  2         4

            the story
              given  `Note` …e0ec1f: Written { text: "Once" }
               when  `Note` …e0ec1f: Written { text: "Once" }

            rows of `count`
              count { note: "…e0ec1f", events: 4 }
        "#,
    );
}

#[test]
fn a_domain_with_a_fault() {
    assert_fails(
        || {
            given(Made {}).when_called(|_: &mut Thing| Ok(())).then_no_events();
        },
        r#"
            the test cannot go on

              the domain has 1 fault
              - handler `Mailer` has no `Default` and no instance: give one with `domain().with(Mailer { .. })`, or derive `Default`
        "#,
    );
    given(Made {}).in_domain(faulty::domain().with(Mailer("by post"))).when_called(|_: &mut Thing| Ok(())).then_no_events();
}

#[test]
fn an_aggregate_without_a_domain() {
    assert_fails(
        || {
            given(homeless::Seen {}).when_called(|_| Ok(())).then_no_events();
        },
        r#"
            `Stray` belongs to no domain

              write `fidelis::domain!("..");` in the root of its crate, or name the domain in the test: `.in_domain(domain())`
        "#,
    );
}
