//! Types that read themselves in ways of their own.

// The fields are only printed.
#![allow(dead_code)]

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

/// Reads nothing.
#[derive(Debug)]
pub(super) struct Idle;

impl<'de> Deserialize<'de> for Idle {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Idle)
    }
}

/// Keeps the text of an error.
#[derive(Debug)]
pub(super) struct Told(Result<u8, String>);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Told(u8::deserialize(deserializer).map_err(|error| error.to_string())))
    }
}

#[derive(Debug)]
pub(super) struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Bytes, A::Error> {
                let mut bytes = Vec::new();
                while let Some(byte) = seq.next_element()? {
                    bytes.push(byte);
                }
                Ok(Bytes(bytes))
            }
        }
        deserializer.deserialize_byte_buf(Any)
    }
}

/// Asks for as many values as there are, whatever it named.
#[derive(Debug)]
pub(super) struct Greedy(Vec<u8>);

/// Asks for the first value only.
#[derive(Debug)]
pub(super) struct Lazy(Vec<u8>);

struct Taking(usize);

impl<'de> Visitor<'de> for Taking {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<u8>, A::Error> {
        let mut taken = Vec::new();
        while taken.len() < self.0
            && let Some(number) = seq.next_element()?
        {
            taken.push(number);
        }
        Ok(taken)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<u8>, A::Error> {
        let mut taken = Vec::new();
        while let Some((_, number)) = map.next_entry::<String, u8>()? {
            taken.push(number);
        }
        Ok(taken)
    }
}

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Greedy", &["a", "b"], Taking(usize::MAX)).map(Greedy)
    }
}

impl<'de> Deserialize<'de> for Lazy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Lazy", &["a", "b"], Taking(1)).map(Lazy)
    }
}
