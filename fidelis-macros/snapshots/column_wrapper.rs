impl ::fidelis::Column for Money {
    const TYPE: ::fidelis::projection::ColumnType = <Decimal as ::fidelis::Column>::TYPE;
    const NULLABLE: bool = <Decimal as ::fidelis::Column>::NULLABLE;
    fn into_value(self) -> ::fidelis::Value {
        <Decimal as ::fidelis::Column>::into_value(self.0)
    }
    fn from_value(
        value: ::fidelis::Value,
    ) -> ::core::result::Result<Self, ::fidelis::Value> {
        <Decimal as ::fidelis::Column>::from_value(value).map(|value| Self { 0: value })
    }
}
