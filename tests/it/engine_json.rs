//! Commands that come as text: what does not fit is refused where it does not fit, and nothing of it is stored.

use fidelis::{Envelope, prelude::*};

fidelis::domain!("desk");

#[event(part_of = Form)]
pub struct Filed {
    pub title: String,
}

#[aggregate(event_sourced)]
pub struct Form {
    pub title: String,
}

#[aggregate]
impl Form {
    #[apply]
    fn on_filed(&mut self, event: &Filed) {
        self.title.clone_from(&event.title);
    }
}

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Part {
    pub name: String,
    pub parts: Vec<Part>,
}

/// File a form.
#[command(part_of = Form)]
pub struct FileForm {
    #[garde(length(min = 1, max = 20))]
    pub title: String,
    pub pages: u8,
    pub parts: Vec<Part>,
    pub note: Option<String>,
}

#[command(part_of = Form)]
pub struct Retitle {
    #[identifier]
    pub form: Id<Form>,
    pub title: String,
}

#[derive(Default)]
pub struct Clerk;

#[command_handler(part_of = Form)]
impl Clerk {
    #[handle]
    fn file(&self, command: FileForm, id: Id<Form>) -> Result<Form, Rejection> {
        let mut form = Form::new(id);
        form.raise(Filed { title: command.title })?;
        Ok(form)
    }

    #[handle]
    fn retitle(&self, command: Retitle, form: &mut Form) -> Result<String, Rejection> {
        ensure!(command.title != form.title, title: "it has that title");
        form.raise(Filed { title: command.title })?;
        Ok(form.title.clone())
    }
}

use crate::{stepping::run, troubled::log_of};

fn file(engine: &Engine, payload: &str) -> Result<String, Error> {
    run(engine.process_json("FileForm", payload, Envelope::default())).map(|receipt| receipt.value)
}

#[test]
fn a_command_is_found_by_its_name() {
    let engine = domain().in_memory().unwrap();
    let receipt = run(engine.process_json("FileForm", r#"{"title":"tax","pages":3,"parts":[]}"#, Envelope::default())).unwrap();
    let id: Id<Form> = receipt.value.trim_matches('"').parse().unwrap();
    assert_eq!((receipt.position, receipt.lagging.len()), (1, 0));
    assert_eq!(run(engine.load(id)).unwrap().title, "tax");
    let retitle = format!(r#"{{"title":"taxes \u0000 \ud83c\udf75","form":"{id}"}}"#);
    let receipt = run(engine.process_json("Retitle", &retitle, Envelope::keyed("k"))).unwrap();
    assert_eq!(receipt.value, "\"taxes \\u0000 \u{1F375}\"");
    let again = run(engine.process_json("Retitle", &retitle, Envelope::keyed("k"))).unwrap();
    assert_eq!((again.value, again.position, again.command), (receipt.value, receipt.position, receipt.command));
    let refused = run(engine.process_json("Retitle", &retitle, Envelope::default())).unwrap_err();
    assert!(refused.rejection().is_some_and(|rejection| rejection.says("title", "it has that title")));
    // The same command, typed, under the same key, is the same command.
    let typed = Retitle { form: id, title: "taxes \u{0} \u{1F375}".into() };
    assert_eq!(run(engine.process_with(typed, Envelope::keyed("k"))).unwrap().position, again.position);
}

#[test]
fn an_unknown_name_is_answered_with_the_known_ones() {
    let engine = domain().in_memory().unwrap();
    for name in ["Shred", "", "fileform", "Desk.FileForm.v1", "FileForm ", "Deposit"] {
        let error = run(engine.process_json(name, "{}", Envelope::default())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        let text = error.to_string();
        assert!(
            text.contains(&format!("`{name}`")) && text.contains("`FileForm`, `Retitle`") && text.contains("`desk`"),
            "{text}"
        );
    }
}

#[test]
fn what_does_not_fit_names_the_field() {
    let engine = domain().in_memory().unwrap();
    let cases = [
        (r#"{"title":"tax","pages":3,"parts":[],"colour":"red"}"#, "colour"),
        (r#"{"title":"tax","parts":[]}"#, "pages"),
        (r#"{}"#, "title"),
        (r#"{"title":7,"pages":3,"parts":[]}"#, "title"),
        (r#"{"title":null,"pages":3,"parts":[]}"#, "title"),
        (r#"{"title":"tax","pages":300,"parts":[]}"#, "pages"),
        (r#"{"title":"tax","pages":-1,"parts":[]}"#, "pages"),
        (r#"{"title":"tax","pages":1.5,"parts":[]}"#, "pages"),
        (r#"{"title":"tax","pages":"3","parts":[]}"#, "pages"),
        (r#"{"title":"tax","pages":3,"parts":{}}"#, "parts"),
        (r#"{"title":"tax","pages":3,"parts":[{"name":"a","parts":[{"name":7,"parts":[]}]}]}"#, "parts[0].parts[0].name"),
        (r#"{"title":"tax","pages":3,"parts":[{"name":"a"}]}"#, "parts"),
        (r#"{"title":"tax","title":"toll","pages":3,"parts":[]}"#, "title"),
        (r#"{"title":"tax","pages":3,"parts":[],"note":7}"#, "note"),
    ];
    for (payload, field) in cases {
        let error = file(&engine, payload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{payload}: {error}");
        assert!(error.to_string().contains(field) && error.to_string().contains("FileForm"), "`{field}` is not in: {error}");
    }
    for payload in [
        "",
        "null",
        "[]",
        "{",
        "7",
        "\"tax\"",
        r#"{"title":"tax","pages":3,"parts":[]} {}"#,
        "\u{feff}{}",
        "{'title':1}",
        "\u{0}",
    ] {
        let error = file(&engine, payload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{payload}: {error}");
        assert!(error.to_string().contains("FileForm"), "{error}");
    }
    let form =
        run(engine.process_json("Retitle", r#"{"form":"not an identity","title":"tax"}"#, Envelope::default())).unwrap_err();
    assert!(form.kind() == ErrorKind::Invalid && form.to_string().contains("form"), "{form}");
    assert!(log_of(engine.store()).is_empty());
}

#[test]
fn what_fits_and_breaks_a_rule_is_refused_by_it() {
    let engine = domain().in_memory().unwrap();
    let error = file(&engine, r#"{"title":"","pages":3,"parts":[]}"#).unwrap_err();
    assert!(error.rejection().is_some_and(|rejection| rejection.messages().any(|(field, _)| field == "title")), "{error}");
    assert!(log_of(engine.store()).is_empty());
}

#[test]
fn what_is_too_large_or_too_deep_is_refused() {
    let engine = domain().in_memory().unwrap();
    let deep = format!(
        r#"{{"title":"tax","pages":3,"parts":{}{}}}"#,
        r#"[{"name":"a","parts":"#.repeat(500),
        "]".to_owned() + &"}]".repeat(499)
    );
    let long_text = format!(r#"{{"title":"tax","pages":3,"parts":[],"note":"{}"}}"#, "x".repeat(3 << 20));
    let many = format!(r#"{{"title":"tax","pages":3,"parts":[{}]}}"#, vec![r#"{"name":"","parts":[]}"#; 200_000].join(","));
    let very_deep = format!(r#"{{"title":"tax","pages":3,"parts":{}"#, "[".repeat(1_000_000));
    for payload in [deep, long_text, many, very_deep] {
        let error = file(&engine, &payload).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(error.to_string().len() < 1_000, "the answer does not send all of it back");
        assert!(error.to_string().contains("FileForm"), "{error}");
    }
    assert!(log_of(engine.store()).is_empty());
    assert!(file(&engine, r#"{"title":"tax","pages":3,"parts":[]}"#).is_ok());
}
