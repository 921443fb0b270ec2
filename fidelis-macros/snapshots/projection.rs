#[derive(
    ::core::clone::Clone,
    ::core::fmt::Debug,
    ::core::cmp::PartialEq,
    ::fidelis::__private::Serialize,
    ::fidelis::__private::Deserialize
)]
#[serde(crate = "::fidelis::__private::serde")]
pub struct AccountSummary {
    pub account_id: Id<Account>,
    pub balance: Money,
}
impl AccountSummary {
    /// Column `account_id`, for queries.
    pub const ACCOUNT_ID: ::fidelis::__private::Columns<Self, Id<Account>> = ::fidelis::__private::Columns::new(
        0,
    );
    /// Column `balance`, for queries.
    pub const BALANCE: ::fidelis::__private::Columns<Self, Money> = ::fidelis::__private::Columns::new(
        1,
    );
}
impl ::fidelis::Projection for AccountSummary {
    const TABLE: &'static ::fidelis::__private::Table = &::fidelis::__private::Table {
        name: "account_summary",
        columns: &[
            ::fidelis::__private::ColumnDefinition::of::<Id<Account>>("account_id"),
            ::fidelis::__private::ColumnDefinition::of::<Money>("balance"),
        ],
        key: &[0],
        indexes: &[1],
    };
    type Key = Id<Account>;
    fn key(&self) -> Self::Key {
        ::core::clone::Clone::clone(&self.account_id)
    }
    fn into_row(self) -> ::fidelis::__private::Row {
        let Self { account_id, balance } = self;
        ::fidelis::__private::Row::new([
            <Id<Account> as ::fidelis::Column>::into_value(account_id),
            <Money as ::fidelis::Column>::into_value(balance),
        ])
    }
    fn from_row(
        mut row: ::fidelis::__private::Row,
    ) -> ::core::result::Result<Self, ::fidelis::__private::RowError> {
        let table = <Self as ::fidelis::Projection>::TABLE;
        ::core::result::Result::Ok(Self {
            account_id: row.take::<Id<Account>>(table, 0)?,
            balance: row.take::<Money>(table, 1)?,
        })
    }
}
const _: () = {
    const ELEMENT: ::fidelis::__private::Element = ::fidelis::__private::Element::Projection(
        ::fidelis::__private::table_of::<AccountSummary>(),
    );
    ::fidelis::__register!(ELEMENT);
};
