//! The test language, tested: what it says of a domain that works, of a test that fails, and of a domain that is broken.

mod aggregate;
mod bank;
mod broken;
mod domain;
mod failing;
mod failures;
mod projection;
