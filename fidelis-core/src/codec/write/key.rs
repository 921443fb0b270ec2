//! The key of a map's entry: always written as a string; what is none, and cannot be made one, is a [`Miss`].

use std::fmt::Display;

use serde::ser::{Impossible, Serialize, Serializer};

use super::{Miss, Writer};

pub(super) struct Key<'a>(pub(super) &'a mut Writer);

macro_rules! quoted {
    ($($method:ident $type:ty)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Miss> {
            self.0.text.push('"');
            (&mut *self.0).$method(value)?;
            self.0.text.push('"');
            Ok(())
        }
    )*};
}

macro_rules! misses {
    ($($method:ident($($argument:ty),*) -> $result:ty)*) => {$(
        fn $method(self, $(_: $argument),*) -> Result<$result, Miss> {
            Err(Miss::new())
        }
    )*};
}

type Never = Impossible<(), Miss>;

impl Serializer for Key<'_> {
    type Ok = ();
    type Error = Miss;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    quoted! {
        serialize_bool bool
        serialize_u8 u8  serialize_u16 u16  serialize_u32 u32  serialize_u64 u64  serialize_u128 u128
        serialize_i8 i8  serialize_i16 i16  serialize_i32 i32  serialize_i64 i64  serialize_i128 i128
    }

    misses! {
        serialize_f32(f32) -> ()
        serialize_f64(f64) -> ()
        serialize_bytes(&[u8]) -> ()
        serialize_none() -> ()
        serialize_unit() -> ()
        serialize_unit_struct(&'static str) -> ()
        serialize_seq(Option<usize>) -> Never
        serialize_tuple(usize) -> Never
        serialize_tuple_struct(&'static str, usize) -> Never
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never
        serialize_map(Option<usize>) -> Never
        serialize_struct(&'static str, usize) -> Never
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Miss> {
        Err(Miss::new())
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Miss> {
        self.0.serialize_str(value)
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<(), Miss> {
        self.0.serialize_char(value)
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Miss> {
        self.0.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Miss> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Miss> {
        value.serialize(self)
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Miss> {
        self.0.collect_str(value)
    }
}
