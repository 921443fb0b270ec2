//! Money: an exact decimal amount of dollars and cents.

#[cfg(test)]
mod tests;

use std::{
    fmt,
    iter::Sum,
    ops::{Add, AddAssign, Sub, SubAssign},
    str::FromStr,
};

use fidelis::{Column, Decimal};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An amount of money, to the cent: ten times `0.10` is `1.00`. There is no NaN and no infinity.
///
/// Written as a text with two decimals, such as `1500.00`, so that no reader turns it into a floating-point number.
///
/// ```
/// use fidelis_domain::money::{Money, dollars};
/// let ten_dimes: Money = std::iter::repeat_n("0.10".parse::<Money>()?, 10).sum();
/// assert_eq!(ten_dimes, dollars(1));
/// assert_eq!(ten_dimes.to_string(), "1.00");
/// # Ok::<(), fidelis_domain::money::InvalidMoney>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Column)]
pub struct Money(Decimal);

/// The largest amount that can be written down: 10^18 dollars.
const LARGEST: Decimal = Decimal::from_parts(2_808_348_672, 232_830_643, 0, false, 0);

/// A text that is no amount of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidMoney {
    /// It is not a decimal number.
    #[error("`{0}` is not an amount: expected a decimal number such as `1500.00`")]
    NotANumber(String),
    /// It has fractions of a cent.
    #[error("`{0}` is not an amount: it has more than two decimals")]
    FractionsOfACent(String),
    /// It is larger than any amount may be.
    #[error("`{0}` is not an amount: it is above 1000000000000000000")]
    TooLarge(String),
}

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(Decimal::from_parts(0, 0, 0, false, 2));

    /// The amount of this many dollars.
    ///
    /// # Errors
    /// Fractions of a cent, and amounts beyond 10^18 either way.
    pub fn new(dollars: Decimal) -> Result<Money, InvalidMoney> {
        if dollars.normalize().scale() > 2 {
            return Err(InvalidMoney::FractionsOfACent(dollars.to_string()));
        }
        if dollars.abs() > LARGEST {
            return Err(InvalidMoney::TooLarge(dollars.to_string()));
        }
        Ok(Money(to_the_cent(dollars)))
    }

    /// The number of dollars.
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// Whether it is an amount that could be written down; a sum of many may not be.
    pub fn is_in_range(self) -> bool {
        self.0.abs() <= LARGEST
    }
}

/// With exactly two decimals: equal amounts are written alike, and a minus sign never stands before nothing.
fn to_the_cent(mut dollars: Decimal) -> Decimal {
    dollars.rescale(2);
    if dollars.is_zero() { Money::ZERO.0 } else { dollars }
}

/// Whole dollars.
pub fn dollars(dollars: i64) -> Money {
    Money(to_the_cent(Decimal::from(dollars)))
}

/// Cents.
pub fn cents(cents: i64) -> Money {
    Money(to_the_cent(Decimal::new(cents, 2)))
}

impl Default for Money {
    fn default() -> Self {
        Money::ZERO
    }
}

/// Sums beyond what a decimal can hold stay at its end, out of [range](Money::is_in_range); a rule of the account refuses them.
impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

/// As [`Add`].
impl Sub for Money {
    type Output = Money;

    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Money) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl FromStr for Money {
    type Err = InvalidMoney;

    fn from_str(text: &str) -> Result<Money, InvalidMoney> {
        Decimal::from_str_exact(text).map_err(|_| InvalidMoney::NotANumber(text.to_owned())).and_then(Money::new)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Money, D::Error> {
        struct AmountText;

        impl serde::de::Visitor<'_> for AmountText {
            type Value = Money;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount in a text, such as \"1500.00\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Money, E> {
                text.parse().map_err(E::custom)
            }
        }

        deserializer.deserialize_str(AmountText)
    }
}
