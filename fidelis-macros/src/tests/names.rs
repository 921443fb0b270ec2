//! Names in other cases.

use crate::names::{Case, is_snake_case, is_type_name, snake_case};

#[test]
fn types_give_their_names_to_streams_and_tables() {
    let cases = [
        ("Account", "account"),
        ("FundsTransfer", "funds_transfer"),
        ("AMLCheck", "aml_check"),
        ("Form1099", "form1099"),
        ("Legacy_Account", "legacy_account"),
    ];
    for (name, expected) in cases {
        assert_eq!(snake_case(name), expected);
        assert!(is_snake_case(expected));
    }
    assert!(!is_snake_case("Account") && !is_snake_case("1st") && !is_snake_case(""));
    assert!(is_type_name("DepositMade2") && !is_type_name("Deposit made") && !is_type_name(""));
}

#[test]
fn variants_are_written_as_serde_writes_them() {
    let cases = [
        ("lowercase", "awaitsaml"),
        ("UPPERCASE", "AWAITSAML"),
        ("PascalCase", "AwaitsAML"),
        ("camelCase", "awaitsAML"),
        ("snake_case", "awaits_a_m_l"),
        ("SCREAMING_SNAKE_CASE", "AWAITS_A_M_L"),
        ("kebab-case", "awaits-a-m-l"),
        ("SCREAMING-KEBAB-CASE", "AWAITS-A-M-L"),
    ];
    for (rule, expected) in cases {
        assert_eq!(Case::parse(rule).map(|case| case.apply("AwaitsAML")).as_deref(), Some(expected));
    }
}
