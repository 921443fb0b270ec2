//! Payloads: the fields as they are, but for amounts and identities.

use std::{collections::BTreeMap, fmt};

use fidelis_core::Decimal;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::value::RawValue;

use crate::identity;

/// An object with its fields in their order, and their values as they are written.
pub(crate) struct Fields(Vec<(String, Box<RawValue>)>);

/// The digits that every binary fraction of 64 bits gets right.
const EXACT_DIGITS: u32 = 15;

impl Fields {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("`data`: expected an object, found something else: {error}"))
    }

    /// Writes the numbers in these fields as texts with so many decimals.
    pub(crate) fn write_decimals(&mut self, decimals: &BTreeMap<String, u32>) -> Result<(), String> {
        for (name, value) in &mut self.0 {
            if let Some(scale) = decimals.get(name).filter(|_| value.get() != "null") {
                let text = value.get().trim_matches('"');
                let decimal = decimal(text, *scale).ok_or_else(|| {
                    format!("`data.{name}`: expected a number with at most {scale} decimals, found {}", value.get())
                })?;
                *value = raw(&decimal);
            }
        }
        Ok(())
    }

    /// Writes the aggregate's own identity as it is written here, and those that stand in the fields `identifiers`.
    pub(crate) fn write_identities(&mut self, own: &str, identifiers: &std::collections::BTreeSet<String>) {
        for (name, value) in &mut self.0 {
            let Ok(text) = serde_json::from_str::<String>(value.get()) else { continue };
            let is_own = text == own && (name == "id" || name.ends_with("_id"));
            if is_own || identifiers.contains(name) {
                *value = raw(&identity::aggregate(&text));
            }
        }
    }

    /// As JSON without blanks between the fields.
    pub(crate) fn write(&self) -> Box<str> {
        serde_json::to_string(self).expect("names are texts and values are JSON").into_boxed_str()
    }

    /// The value of a field.
    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, value)| value.get())
    }
}

fn raw(text: &str) -> Box<RawValue> {
    serde_json::value::to_raw_value(text).expect("a text has a JSON form")
}

/// A number with exactly so many decimals; `None` when it has more.
fn decimal(text: &str, scale: u32) -> Option<String> {
    let number = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()?;
    let fits = |number: &Decimal| number.normalize().scale() <= scale;
    let mut number = Some(number).filter(fits).or_else(|| number.round_sf(EXACT_DIGITS).filter(fits))?;
    number.rescale(scale);
    // A minus sign never stands before nothing.
    Some(if number.is_zero() { number.abs().to_string() } else { number.to_string() })
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_exact_decimals() {
        for (number, expected) in [
            ("1.0", Some("1.00")),
            ("0", Some("0.00")),
            ("-0.0", Some("0.00")),
            ("15000", Some("15000.00")),
            ("0.1", Some("0.10")),
            ("0.30000000000000004", Some("0.30")),
            ("-2.7755575615628914e-17", None),
            ("1e+16", Some("10000000000000000.00")),
            ("1e-07", None),
            ("1234567890123456.0", Some("1234567890123456.00")),
            ("12345678901234567", Some("12345678901234567.00")),
            ("0.125", None),
            ("1009.9999999999999", Some("1010.00")),
            ("NaN", None),
            ("", None),
        ] {
            assert_eq!(decimal(number, 2).as_deref(), expected, "{number}");
        }
    }

    #[test]
    fn fields_stay_as_they_are_written() {
        let mut fields =
            Fields::parse(r#"{"b": 1.0, "a" :{"x": [1e5 ]}, "account_id":"ACC-1","other_id":"X", "number":"ACC-1"}"#).unwrap();
        fields.write_decimals(&BTreeMap::from([("b".to_owned(), 2)])).unwrap();
        fields.write_identities("ACC-1", &["other_id".to_owned()].into());
        let (own, other) = (identity::aggregate("ACC-1"), identity::aggregate("X"));
        let expected =
            format!(r#"{{"b":"1.00","a":{{"x": [1e5 ]}},"account_id":"{own}","other_id":"{other}","number":"ACC-1"}}"#);
        assert_eq!(&*fields.write(), expected);
        assert!(Fields::parse("[1]").is_err());
    }
}
