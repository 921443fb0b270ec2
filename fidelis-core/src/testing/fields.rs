//! Values as the fields of their JSON form: shown to people, and compared one by one.

use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor},
};
use serde_json::Value;

use super::failure::with_short_identities;
use crate::codec;

/// The fields of a value, in the order in which they are written; one without a name for a value that has none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields(Vec<(String, Value)>);

impl Fields {
    pub(super) fn of<T: Serialize>(value: &T) -> Self {
        codec::to_json(value).map(|json| Fields::read(&json)).unwrap_or_default()
    }

    pub(super) fn read(json: &str) -> Self {
        serde_json::from_str(json).or_else(|_| serde_json::from_str(json).map(Fields::unnamed)).unwrap_or_default()
    }

    pub(super) fn new(fields: impl IntoIterator<Item = (String, Value)>) -> Self {
        Fields(fields.into_iter().collect())
    }

    fn unnamed(value: Value) -> Self {
        match value {
            Value::Null => Fields::default(),
            value => Fields(vec![(String::new(), value)]),
        }
    }

    /// On one line, after the name of what they are the fields of: `DepositMade { amount: "5.00", reference: null }`.
    pub(super) fn on_one_line(&self, name: &str) -> String {
        match self.0.as_slice() {
            [] => name.to_owned(),
            [(unnamed, value)] if unnamed.is_empty() => format!("{name}({value})"),
            fields => {
                let fields: Vec<String> = fields.iter().map(|(field, value)| format!("{field}: {value}")).collect();
                format!("{name} {{ {} }}", fields.join(", "))
            }
        }
    }

    /// One field a line, names and values in columns.
    pub(super) fn in_columns(&self) -> Vec<String> {
        columns(&self.0.iter().map(|(field, value)| vec![field.clone(), value.to_string()]).collect::<Vec<_>>())
    }

    /// A table of the fields in which what came differs from what was expected; nothing when it does not.
    pub(super) fn difference(expected: &Fields, actual: &Fields) -> Vec<String> {
        Fields::difference_of(["expected", "actual"], expected, actual)
    }

    /// A table of the fields in which two values differ, nested ones by their path; nothing when they do not.
    pub(super) fn difference_of(titles: [&str; 2], expected: &Fields, actual: &Fields) -> Vec<String> {
        let mut rows = Vec::new();
        let names = expected.0.iter().chain(&actual.0).map(|(name, _)| name);
        for (index, name) in names.enumerate() {
            let (expected_value, actual_value) = (expected.get(name), actual.get(name));
            // Those of `actual` that `expected` has too have been compared.
            if index < expected.0.len() || expected_value.is_none() {
                compare(name, expected_value, actual_value, &mut rows);
            }
        }
        if rows.is_empty() {
            return Vec::new();
        }
        rows.insert(0, ["field", titles[0], titles[1]].map(str::to_owned).to_vec());
        columns(&rows)
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

fn compare(path: &str, expected: Option<&Value>, actual: Option<&Value>, rows: &mut Vec<Vec<String>>) {
    match (expected, actual) {
        (expected, actual) if expected == actual => {}
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            let added = actual.keys().filter(|name| !expected.contains_key(*name));
            for name in expected.keys().chain(added) {
                compare(&format!("{path}.{name}"), expected.get(name), actual.get(name), rows);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
            for index in 0..expected.len().max(actual.len()) {
                compare(&format!("{path}[{index}]"), expected.get(index), actual.get(index), rows);
            }
        }
        (expected, actual) => {
            let shown = |value: Option<&Value>| value.map_or_else(|| "(absent)".to_owned(), Value::to_string);
            rows.push(vec![path.to_owned(), shown(expected), shown(actual)]);
        }
    }
}

/// Lines whose cells stand below each other.
pub(super) fn columns(rows: &[Vec<String>]) -> Vec<String> {
    // Identities will be shown short.
    let width = |cell: &String| with_short_identities(cell).chars().count();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or_default();
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate().map(|(column, cell)| format!("{cell}{:1$}", "", widest(column) - width(cell)));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}
