use super::{InvalidMoney, Money, cents, dollars};
use fidelis::Decimal;

#[test]
fn ten_dimes_are_a_dollar() {
    let sum: Money = std::iter::repeat_n(cents(10), 10).sum();
    assert_eq!(sum, dollars(1));
    assert_eq!(sum - dollars(1), Money::ZERO);
}

#[test]
fn equal_amounts_are_written_alike() {
    for text in ["1500", "1500.0", "1500.00", "1500.000"] {
        let money: Money = text.parse().unwrap();
        assert_eq!(money.to_string(), "1500.00", "read from {text}");
    }
    assert_eq!("-0".parse::<Money>().unwrap().to_string(), "0.00");
    assert_eq!((cents(5) - cents(5)).to_string(), "0.00");
}

#[test]
fn what_is_no_amount_is_refused_with_the_reason() {
    for text in ["", "ten", "NaN", "inf", "1e3", "1,000.00", "0x10", "1 000"] {
        assert_eq!(text.parse::<Money>(), Err(InvalidMoney::NotANumber(text.to_owned())));
    }
    assert!(matches!("0.001".parse::<Money>(), Err(InvalidMoney::FractionsOfACent(_))));
    assert!(matches!("1000000000000000000.01".parse::<Money>(), Err(InvalidMoney::TooLarge(_))));
}

#[test]
fn large_amounts_are_exact() {
    let money: Money = "10000000000000000.01".parse().unwrap();
    assert_eq!(money.to_string(), "10000000000000000.01");
    assert_eq!("1000000000000000000".parse::<Money>().unwrap().amount(), Decimal::from(1_000_000_000_000_000_000_i64));
}

#[test]
fn sums_beyond_the_range_do_not_panic() {
    let most = Money(Decimal::MAX);
    assert_eq!(most + most, most);
    assert!(!(most + most).is_in_range());
    assert_eq!(Money(Decimal::MIN) - most, Money(Decimal::MIN));
}
