//! A trace as a test to paste.

use std::fmt::Write;

use super::{
    machine::FromOutside,
    node::Bounds,
    property::{Holds, Property},
};

/// An event that was given, as it is written into a test.
#[derive(Clone, Debug)]
pub(super) struct GivenEvent {
    pub(super) aggregate: &'static str,
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) payload: Box<str>,
}

/// What a test begins with.
pub(super) struct Beginning<'a> {
    pub(super) given: &'a [GivenEvent],
    pub(super) commands: &'a [FromOutside],
    pub(super) bounds: Bounds,
    pub(super) in_order: bool,
    pub(super) engines: Option<usize>,
}

/// The test that goes along a trace.
pub(super) fn test(beginning: &Beginning<'_>, property: &Property, trace: &[String]) -> String {
    let mut text = String::new();
    let name: String = property
        .name
        .chars()
        .map(|character| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' })
        .collect();
    let mut put = |line: &str| {
        let _ = writeln!(text, "{line}");
    };
    put("#[test]");
    // The property may be a function of that name.
    put(&format!("fn violated_{}() {{", name.trim_matches('_')));
    put("    explore(domain())");
    for event in beginning.given {
        put(&format!(
            "        .given(id::<{}>(\"{}\"), json::<{}>(r#\"{}\"#))",
            event.aggregate, event.id, event.name, event.payload
        ));
    }
    for command in beginning.commands {
        let when = if command.keyed { "when" } else { "when_unkeyed" };
        put(&format!("        .{when}([json::<{}>(r#\"{}\"#)])", command.name, command.payload));
    }
    if beginning.in_order {
        put("        .in_order()");
    }
    let Bounds { duplicates, early_timers, failures, crashes } = beginning.bounds;
    if let Some(engines) = beginning.engines {
        put(&format!("        .engines({engines}, {crashes})"));
    }
    put(&format!("        .duplicates({duplicates}).early_timers({early_timers}).failures({failures})"));
    let holds = match property.holds {
        Holds::Always => "always",
        Holds::AtRest => "eventually",
        Holds::Sometimes => "sometimes",
    };
    match property.path {
        Some(path) => {
            let function = path.rsplit("::").next().unwrap_or(path);
            put(&format!("        .{holds}(\"{}\", {function})", property.name));
        }
        None => {
            put(&format!("        .{holds}(\"{}\", |world| ..)", property.name));
            put("        // ^ the closure stands where the exploration does; a function is printed by its name");
        }
    }
    put("        .along([");
    for line in trace {
        put(&format!("            {line:?},"));
    }
    put("        ]);");
    text.push('}');
    text
}
