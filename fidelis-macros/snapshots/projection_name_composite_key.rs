#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
pub struct Flow {
    pub source: Id<Account>,
    pub destination: Id<Account>,
    pub amount: Money,
}
impl Flow {
    /// Column `source`, for queries.
    pub const SOURCE: ::fidelis::__private::Columns<Self, Id<Account>> = ::fidelis::__private::Columns::new(
        0,
    );
    /// Column `destination`, for queries.
    pub const DESTINATION: ::fidelis::__private::Columns<Self, Id<Account>> = ::fidelis::__private::Columns::new(
        1,
    );
    /// Column `amount`, for queries.
    pub const AMOUNT: ::fidelis::__private::Columns<Self, Money> = ::fidelis::__private::Columns::new(
        2,
    );
}
impl ::fidelis::Projection for Flow {
    const TABLE: &'static ::fidelis::__private::Table = &::fidelis::__private::Table {
        name: "flows",
        columns: &[
            ::fidelis::__private::ColumnDefinition::of::<Id<Account>>("source"),
            ::fidelis::__private::ColumnDefinition::of::<Id<Account>>("destination"),
            ::fidelis::__private::ColumnDefinition::of::<Money>("amount"),
        ],
        key: &[0, 1],
        indexes: &[],
    };
    type Key = (Id<Account>, Id<Account>);
    fn key(&self) -> Self::Key {
        (
            ::core::clone::Clone::clone(&self.source),
            ::core::clone::Clone::clone(&self.destination),
        )
    }
    fn into_row(self) -> ::fidelis::__private::Row {
        let Self { source, destination, amount } = self;
        ::fidelis::__private::Row::new([
            <Id<Account> as ::fidelis::Column>::into_value(source),
            <Id<Account> as ::fidelis::Column>::into_value(destination),
            <Money as ::fidelis::Column>::into_value(amount),
        ])
    }
    fn from_row(
        mut row: ::fidelis::__private::Row,
    ) -> ::core::result::Result<Self, ::fidelis::__private::RowError> {
        let table = <Self as ::fidelis::Projection>::TABLE;
        ::core::result::Result::Ok(Self {
            source: row.take::<Id<Account>>(table, 0)?,
            destination: row.take::<Id<Account>>(table, 1)?,
            amount: row.take::<Money>(table, 2)?,
        })
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Projection(
        ::fidelis::__private::table_of::<Flow>(),
    );
    ::fidelis::__register!(ELEMENT);
};
