//! A nested value in one column.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{Column, ColumnType, Value};
use crate::codec;

/// Keeps a nested value, such as a list or a struct, in one column of a read model, as JSON.
///
/// It cannot be filtered by what is inside: give that a column of its own.
///
/// ```
/// use fidelis_core::{Column, Value, projection::Json};
/// let tags = Json(vec!["vip".to_owned()]);
/// assert_eq!(tags.len(), 1);
/// assert_eq!(tags.into_value(), Value::Json(r#"["vip"]"#.to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<T> From<T> for Json<T> {
    fn from(value: T) -> Self {
        Json(value)
    }
}

impl<T> Deref for Json<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Json<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static> Column for Json<T> {
    const TYPE: ColumnType = ColumnType::Json;

    /// # Panics
    /// When the value has no JSON form, such as a map whose keys are not texts.
    fn into_value(self) -> Value {
        match codec::to_json(&self.0) {
            Ok(text) => Value::Json(text.into()),
            Err(error) => panic!("`{}` cannot be kept in a column: {error}", std::any::type_name::<T>()),
        }
    }

    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Json(text) => codec::from_json(&text).map(Json).map_err(|_| Value::Json(text)),
            other => Err(other),
        }
    }
}
