//! The way notices leave the bank: a port, so that the domain knows no mail server.

use std::{io, sync::Arc};

use fidelis::Id;
use parking_lot::Mutex;

use crate::account::Account;

/// A message to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it is about, in a word or two.
    pub subject: &'static str,
    /// The account it is about.
    pub account_id: Id<Account>,
    /// What it says.
    pub text: String,
}

/// Sends notices.
pub trait Post: Send + Sync + 'static {
    /// Sends one.
    ///
    /// # Errors
    /// When it could not be sent; it will be tried again.
    fn send(&self, notice: Notice) -> io::Result<()>;
}

/// Writes that there is a notice to the program's log; not what it says.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogPost;

impl Post for LogPost {
    fn send(&self, notice: Notice) -> io::Result<()> {
        tracing::info!(subject = notice.subject, account_id = %notice.account_id, "notice");
        Ok(())
    }
}

/// Keeps notices, for whoever wants to look at them. It can go on strike, as a real post can. Clones share everything.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    notices: Vec<Notice>,
    on_strike: bool,
}

impl Outbox {
    /// The notices sent so far, oldest first.
    pub fn notices(&self) -> Vec<Notice> {
        self.0.lock().notices.clone()
    }

    /// From now on nothing can be sent, or (`false`) everything can again.
    pub fn strike(&self, on_strike: bool) {
        self.0.lock().on_strike = on_strike;
    }
}

impl Post for Outbox {
    fn send(&self, notice: Notice) -> io::Result<()> {
        let mut contents = self.0.lock();
        if contents.on_strike {
            return Err(io::Error::new(io::ErrorKind::ConnectionRefused, "the post is on strike"));
        }
        contents.notices.push(notice);
        Ok(())
    }
}
