//! The key of a map's entry: always a string, whatever it stands for.

use serde::{
    de::{Deserializer, Visitor},
    forward_to_deserialize_any,
};

use super::{
    Miss, Reader,
    values::{misses, strings},
};

pub(super) struct Key<'a, 'de>(&'a mut Reader<'de>);

impl<'a, 'de> Key<'a, 'de> {
    #[inline]
    pub(super) fn next(reader: &'a mut Reader<'de>) -> Result<Self, Miss> {
        if reader.peek() == Some(b'"') { Ok(Key(reader)) } else { Err(Miss::new()) }
    }

    #[inline]
    fn string(self) -> Result<&'de str, Miss> {
        self.0.string()
    }
}

macro_rules! quoted_integers {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Miss> {
            self.0.eat("\"")?;
            let value = self.0.integer(visitor)?;
            self.0.eat("\"")?;
            Ok(value)
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Miss;

    strings! { deserialize_any }
    forward_to_deserialize_any! {
        char str string identifier unit unit_struct seq tuple tuple_struct map struct ignored_any
    }
    quoted_integers! {
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
    }
    misses! {
        deserialize_bool deserialize_f32 deserialize_f64 deserialize_u128 deserialize_i128
        deserialize_bytes deserialize_byte_buf
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Miss> {
        visitor.visit_some(self)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Miss> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Miss> {
        self.0.deserialize_enum(name, variants, visitor)
    }
}
