//! The elements of an array and the entries of a map.

use std::mem;

use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

use super::{Miss, Reader, key::Key};

impl<'de> Reader<'de> {
    #[inline]
    pub(super) fn elements<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Miss> {
        self.open("[")?;
        let value = visitor.visit_seq(List { reader: self, first: true })?;
        self.close("]")?;
        Ok(value)
    }

    #[inline]
    pub(super) fn entries<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Miss> {
        self.open("{")?;
        let value = visitor.visit_map(List { reader: self, first: true })?;
        self.close("}")?;
        Ok(value)
    }
}

struct List<'a, 'de> {
    reader: &'a mut Reader<'de>,
    first: bool,
}

impl List<'_, '_> {
    /// Whether there is one more before the bracket that ends the list.
    #[inline]
    fn goes_on(&mut self, end: u8) -> Result<bool, Miss> {
        if self.reader.peek() == Some(end) {
            return Ok(false);
        }
        if !mem::take(&mut self.first) {
            self.reader.eat(",")?;
            if self.reader.peek() == Some(end) {
                return Err(Miss::new());
            }
        }
        Ok(true)
    }
}

impl<'de> SeqAccess<'de> for List<'_, 'de> {
    type Error = Miss;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Miss> {
        if self.goes_on(b']')? { seed.deserialize(&mut *self.reader).map(Some) } else { Ok(None) }
    }
}

impl<'de> MapAccess<'de> for List<'_, 'de> {
    type Error = Miss;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Miss> {
        if self.goes_on(b'}')? { seed.deserialize(Key::next(self.reader)?).map(Some) } else { Ok(None) }
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Miss> {
        self.reader.eat(":")?;
        seed.deserialize(&mut *self.reader)
    }
}
