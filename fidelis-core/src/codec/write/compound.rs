//! Arrays and objects: brackets, commas and names.

use serde::ser::{self, Serialize};

use super::{Miss, Writer, key::Key};

pub(super) const ARRAY: Brackets = ("[", "]");
pub(super) const OBJECT: Brackets = ("{", "}");
type Brackets = (&'static str, &'static str);

/// An array or object that is being written.
pub(super) struct Compound<'a> {
    writer: &'a mut Writer,
    end: &'static str,
    state: State,
}

enum State {
    /// Announced as empty, and ended at once, as `serde_json` does.
    Empty,
    First,
    Rest,
}

impl<'a> Compound<'a> {
    #[inline]
    pub(super) fn open(writer: &'a mut Writer, (begin, end): Brackets, len: Option<usize>) -> Self {
        writer.text.push_str(begin);
        if len == Some(0) {
            writer.text.push_str(end);
            Compound { writer, end, state: State::Empty }
        } else {
            Compound { writer, end, state: State::First }
        }
    }

    #[inline]
    fn close(self) -> &'a mut Writer {
        if !matches!(self.state, State::Empty) {
            self.writer.text.push_str(self.end);
        }
        self.writer
    }

    #[inline]
    fn separate(&mut self) {
        if !matches!(self.state, State::First) {
            self.writer.text.push(',');
        }
        self.state = State::Rest;
    }

    #[inline]
    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Miss> {
        self.separate();
        value.serialize(&mut *self.writer)
    }

    #[inline(always)]
    fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Miss> {
        self.separate();
        self.writer.name(name);
        value.serialize(&mut *self.writer)
    }
}

macro_rules! arrays {
    ($($trait:ident $method:ident)*) => {$(
        impl ser::$trait for Compound<'_> {
            type Ok = ();
            type Error = Miss;

            #[inline]
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Miss> {
                self.element(value)
            }

            #[inline]
            fn end(self) -> Result<(), Miss> {
                self.close();
                Ok(())
            }
        }
    )*};
}

arrays! { SerializeSeq serialize_element  SerializeTuple serialize_element  SerializeTupleStruct serialize_field }

impl ser::SerializeTupleVariant for Compound<'_> {
    type Ok = ();
    type Error = Miss;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Miss> {
        self.element(value)
    }

    #[inline]
    fn end(self) -> Result<(), Miss> {
        self.close().text.push('}');
        Ok(())
    }
}

impl ser::SerializeStruct for Compound<'_> {
    type Ok = ();
    type Error = Miss;

    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Miss> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), Miss> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeStructVariant for Compound<'_> {
    type Ok = ();
    type Error = Miss;

    #[inline(always)]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Miss> {
        self.field(name, value)
    }

    #[inline]
    fn end(self) -> Result<(), Miss> {
        self.close().text.push('}');
        Ok(())
    }
}

impl ser::SerializeMap for Compound<'_> {
    type Ok = ();
    type Error = Miss;

    #[inline]
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Miss> {
        self.separate();
        key.serialize(Key(&mut *self.writer))
    }

    #[inline]
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Miss> {
        self.writer.text.push(':');
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn end(self) -> Result<(), Miss> {
        self.close();
        Ok(())
    }
}
