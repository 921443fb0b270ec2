impl ::fidelis::Column for AccountStatus {
    const TYPE: ::fidelis::projection::ColumnType = ::fidelis::projection::ColumnType::Text;
    fn into_value(self) -> ::fidelis::Value {
        let text = match self {
            Self::Active => "active",
            Self::Closed => "CLOSED",
        };
        ::fidelis::Value::Text(::std::string::String::from(text))
    }
    fn from_value(
        value: ::fidelis::Value,
    ) -> ::core::result::Result<Self, ::fidelis::Value> {
        match &value {
            ::fidelis::Value::Text(text) if text == "active" => {
                ::core::result::Result::Ok(Self::Active)
            }
            ::fidelis::Value::Text(text) if text == "CLOSED" => {
                ::core::result::Result::Ok(Self::Closed)
            }
            _ => ::core::result::Result::Err(value),
        }
    }
}
