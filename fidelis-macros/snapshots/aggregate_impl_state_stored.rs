impl Account {
    fn is_open(&self) -> Result<(), Rejection> {
        ensure!(self.open, status : "Account is closed")
    }
}
impl Account {
    #[doc(hidden)]
    const __ALL_APPLY_AND_INVARIANT_METHODS_GO_IN_ONE_AGGREGATE_IMPL: () = ();
}
impl ::fidelis::__private::Invariants for Account {
    const PRE: &'static [::fidelis::__private::Invariant<Self>] = &[
        ::fidelis::__private::Invariant {
            name: "is_open",
            check: Self::is_open,
        },
    ];
    const POST: &'static [::fidelis::__private::Invariant<Self>] = &[];
}
