//! Running process managers.

mod issue;

pub(crate) use issue::execute_issued;
