//! The variants of an enum: `"Name"` without content, `{"Name":content}` with it.

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, EnumAccess, VariantAccess, Visitor},
};

use super::{Miss, Reader, key::Key};

impl<'de> Reader<'de> {
    #[inline]
    pub(super) fn variant<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Miss> {
        if self.peek() == Some(b'"') {
            return visitor.visit_enum(Bare(self));
        }
        self.open("{")?;
        let value = visitor.visit_enum(Tagged(self))?;
        self.close("}")?;
        Ok(value)
    }
}

struct Bare<'a, 'de>(&'a mut Reader<'de>);

impl<'de> EnumAccess<'de> for Bare<'_, 'de> {
    type Error = Miss;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Miss> {
        Ok((seed.deserialize(&mut *self.0)?, self))
    }
}

impl<'de> VariantAccess<'de> for Bare<'_, 'de> {
    type Error = Miss;

    #[inline]
    fn unit_variant(self) -> Result<(), Miss> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, _: T) -> Result<T::Value, Miss> {
        Err(Miss::new())
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Miss> {
        Err(Miss::new())
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], _: V) -> Result<V::Value, Miss> {
        Err(Miss::new())
    }
}

struct Tagged<'a, 'de>(&'a mut Reader<'de>);

impl<'de> EnumAccess<'de> for Tagged<'_, 'de> {
    type Error = Miss;
    type Variant = Self;

    #[inline]
    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Miss> {
        let name = seed.deserialize(Key::next(self.0)?)?;
        self.0.eat(":")?;
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Tagged<'_, 'de> {
    type Error = Miss;

    #[inline]
    fn unit_variant(self) -> Result<(), Miss> {
        <()>::deserialize(self.0)
    }

    #[inline]
    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Miss> {
        seed.deserialize(self.0)
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Miss> {
        self.0.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(self, names: &'static [&'static str], visitor: V) -> Result<V::Value, Miss> {
        self.0.fields(names, visitor)
    }
}
