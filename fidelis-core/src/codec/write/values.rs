//! How each kind of value is written.

use std::fmt::{Display, Write};

use serde::ser::{Serialize, Serializer};

use super::{
    Contents, Miss, Writer,
    compound::{ARRAY, Compound, OBJECT},
};

macro_rules! integers {
    ($($method:ident $type:ty)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Miss> {
            self.text.push_str(itoa::Buffer::new().format(value));
            Ok(())
        }
    )*};
}

impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Miss;
    type SerializeSeq = Compound<'a>;
    type SerializeTuple = Compound<'a>;
    type SerializeTupleStruct = Compound<'a>;
    type SerializeTupleVariant = Compound<'a>;
    type SerializeMap = Compound<'a>;
    type SerializeStruct = Compound<'a>;
    type SerializeStructVariant = Compound<'a>;

    integers! {
        serialize_u8 u8  serialize_u16 u16  serialize_u32 u32  serialize_u64 u64  serialize_u128 u128
        serialize_i8 i8  serialize_i16 i16  serialize_i32 i32  serialize_i64 i64  serialize_i128 i128
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Miss> {
        self.text.push_str(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), Miss> {
        self.delegate(value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Miss> {
        self.delegate(value)
    }

    #[inline]
    fn serialize_char(self, value: char) -> Result<(), Miss> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Miss> {
        self.string(value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Miss> {
        self.collect_seq(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Miss> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Miss> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Miss> {
        self.text.push_str("null");
        Ok(())
    }

    #[inline]
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Miss> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Miss> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Miss> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Miss> {
        self.text.push('{');
        self.name(variant);
        value.serialize(&mut *self)?;
        self.text.push('}');
        Ok(())
    }

    #[inline]
    fn serialize_seq(self, len: Option<usize>) -> Result<Compound<'a>, Miss> {
        Ok(Compound::open(self, ARRAY, len))
    }

    #[inline]
    fn serialize_tuple(self, len: usize) -> Result<Compound<'a>, Miss> {
        Ok(Compound::open(self, ARRAY, Some(len)))
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, len: usize) -> Result<Compound<'a>, Miss> {
        Ok(Compound::open(self, ARRAY, Some(len)))
    }

    #[inline]
    fn serialize_tuple_variant(self, _: &'static str, _: u32, variant: &'static str, len: usize) -> Result<Compound<'a>, Miss> {
        self.text.push('{');
        self.name(variant);
        Ok(Compound::open(self, ARRAY, Some(len)))
    }

    #[inline]
    fn serialize_map(self, len: Option<usize>) -> Result<Compound<'a>, Miss> {
        Ok(Compound::open(self, OBJECT, len))
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, len: usize) -> Result<Compound<'a>, Miss> {
        // By such names `serde_json` knows its own raw values and numbers, which it writes in other ways.
        if name.starts_with("$serde_json::") {
            return Err(Miss::new());
        }
        Ok(Compound::open(self, OBJECT, Some(len)))
    }

    #[inline]
    fn serialize_struct_variant(self, _: &'static str, _: u32, variant: &'static str, len: usize) -> Result<Compound<'a>, Miss> {
        self.text.push('{');
        self.name(variant);
        Ok(Compound::open(self, OBJECT, Some(len)))
    }

    #[inline]
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Miss> {
        self.text.push('"');
        write!(Contents(self), "{value}").map_err(|_| Miss::new())?;
        self.text.push('"');
        Ok(())
    }
}
