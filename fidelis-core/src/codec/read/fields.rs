//! The fields of a struct, in the order in which they were written.

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, SeqAccess, Visitor};

use super::{Miss, Reader, plain};

impl<'de> Reader<'de> {
    #[inline]
    pub(super) fn fields<V: Visitor<'de>>(&mut self, names: &'static [&'static str], visitor: V) -> Result<V::Value, Miss> {
        let outside = self.depth;
        self.open("{")?;
        if names.is_empty() {
            self.close("}")?;
        }
        let value = visitor.visit_seq(Fields { reader: self, names, next: 0 })?;
        // The last field closes the object. A visitor that asked for fewer has other names for a field (an alias).
        if self.depth == outside { Ok(value) } else { Err(Miss::new()) }
    }
}

struct Fields<'a, 'de> {
    reader: &'a mut Reader<'de>,
    names: &'static [&'static str],
    next: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = Miss;

    // Both methods are inlined into the visitor, where `next` is known and `names` most often, so that nothing is left
    // of all this but the comparison with `,"name":`.
    #[inline(always)]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Miss> {
        let (earlier, later) = self.names.split_at_checked(self.next).ok_or_else(Miss::new)?;
        let (&name, later) = later.split_first().ok_or_else(Miss::new)?;
        // Two fields of the same name, or one that needs escapes, can be written but not be read by their names.
        if earlier.contains(&name) || plain(name.as_bytes()) < name.len() {
            return Err(Miss::new());
        }
        self.reader.eat(if earlier.is_empty() { "\"" } else { ",\"" })?;
        self.reader.eat(name)?;
        self.reader.eat("\":")?;
        let value = seed.deserialize(&mut *self.reader)?;
        if later.is_empty() {
            self.reader.close("}")?;
        }
        self.next += 1;
        Ok(Some(value))
    }

    #[inline(always)]
    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Miss> {
        self.next_element_seed(PhantomData)
    }
}
