//! What a read model shows.

use super::Then;
use crate::{
    Projection,
    testing::{
        failure::Failure,
        rows,
        subject::{Shows, Subject},
    },
};

impl<S: Subject, T> Then<S, T> {
    /// There is a row with this key, and it is what the closure asserts.
    #[track_caller]
    pub fn then_row<P: Projection>(self, key: P::Key, check: impl FnOnce(&P)) -> Self
    where
        S: Shows<P>,
    {
        let headline = format!("the row of `{}` is not the expected one", P::TABLE.name);
        self.rows_checked(|rows: &[P]| match rows::find(rows, key) {
            Ok(row) => Failure::of_closure(headline, || check(row)),
            Err(key) => Err(rows::missing::<P>(&key)),
        })
    }

    /// There is this row; every field is compared.
    #[track_caller]
    pub fn then_row_is<P: Projection>(self, expected: P) -> Self
    where
        S: Shows<P>,
    {
        self.rows_checked(|rows: &[P]| match rows::find(rows, expected.key()) {
            Ok(row) if *row == expected => Ok(()),
            Ok(row) => Err(rows::differs(&expected, row)),
            Err(key) => Err(rows::missing::<P>(&key)),
        })
    }

    /// There is no row with this key.
    #[track_caller]
    pub fn then_no_row<P: Projection>(self, key: P::Key) -> Self
    where
        S: Shows<P>,
    {
        self.rows_checked(|rows: &[P]| match rows::find(rows, key) {
            Ok(row) => Err(rows::unexpected(row)),
            Err(_) => Ok(()),
        })
    }

    /// There are exactly these rows; every field is compared.
    #[track_caller]
    pub fn then_rows<P: Projection>(self, expected: impl IntoIterator<Item = P>) -> Self
    where
        S: Shows<P>,
    {
        self.rows_checked(|rows| rows::compare(expected.into_iter().collect(), rows))
    }

    /// There are so many rows.
    #[track_caller]
    pub fn then_row_count<P: Projection>(self, expected: usize) -> Self
    where
        S: Shows<P>,
    {
        self.rows_checked(|rows: &[P]| match rows.len() {
            count if count == expected => Ok(()),
            count => {
                Err(Failure::new(format!("`{}` has {count} rows, not {expected}", P::TABLE.name)).details(rows::lines(rows)))
            }
        })
    }

    #[track_caller]
    fn rows_checked<P: Projection>(self, check: impl FnOnce(&[P]) -> Result<(), Failure>) -> Self {
        let then = self.succeeding();
        let checked = rows::proven(&then.world).and_then(|rows| check(&rows));
        then.checked(checked)
    }
}
