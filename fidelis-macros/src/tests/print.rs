//! How `FIDELIS_PRINT` writes code.

use quote::quote;

#[test]
fn code_is_printed_as_people_write_it() {
    let code = quote! {
        #[doc(hidden)]
        pub const NAMES: &'static [&'static str] = &["a", "b"];
        impl ::fidelis::Apply<DepositMade> for Account {
            #[inline]
            fn apply(&mut self, event: &DepositMade) -> ::core::result::Result<(), Error> {
                self.on_deposit_made(event)?;
                match index {
                    0 => <Self as ::fidelis::Event>::decode::<E>(),
                    _ => <<Self as A>::B as C>::map(|left, right| left + right),
                }
            }
        }
        impl Empty for Account {}
    };
    expect_test::expect![[r##"
        #[doc(hidden)]
        pub const NAMES: &'static [&'static str] = &["a", "b"];
        impl ::fidelis::Apply<DepositMade> for Account {
            #[inline]
            fn apply(&mut self, event: &DepositMade) -> ::core::result::Result<(), Error> {
                self.on_deposit_made(event)?;
                match index {
                    0 => <Self as ::fidelis::Event>::decode::<E>(),
                    _ => <<Self as A>::B as C>::map(| left, right | left + right),
                }
            }
        }
        impl Empty for Account {}
    "##]]
    .assert_eq(&crate::print::formatted(&code));
}
