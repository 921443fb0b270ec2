//! The account a server runs under: ours, unless we are root.

use std::{
    os::unix::{fs::chown, process::CommandExt},
    path::Path,
    process::{Command, Stdio},
};

use crate::ServerError;

/// The account that the programs of a server run under.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Account {
    /// The one this process runs under.
    Own,
    /// Another one, because this process is root and servers refuse that.
    Other { user: u32, group: u32 },
}

impl Account {
    /// An account a server accepts.
    pub(crate) fn unprivileged() -> Result<Self, ServerError> {
        if id(&["-u"]) != Some(0) {
            return Ok(Account::Own);
        }
        let accounts = ["postgres", "nobody"].into_iter();
        let mut found = accounts.filter_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
        let (user, group) = found.next().ok_or(ServerError::NoAccount)?;
        Ok(Account::Other { user, group })
    }

    /// Gives a folder to the account.
    pub(crate) fn give(self, folder: &Path) -> Result<(), ServerError> {
        match self {
            Account::Own => Ok(()),
            Account::Other { user, group } => chown(folder, Some(user), Some(group)).map_err(ServerError::io(folder)),
        }
    }

    /// A call of a program under the account.
    pub(crate) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Where we stand may be a folder the account cannot enter.
        command.current_dir("/").stdin(Stdio::null());
        if let Account::Other { user, group } = self {
            command.uid(user).gid(group);
        }
        command
    }
}

/// A number the program `id` gives; the standard library does not tell who we are.
fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    str::from_utf8(&output.stdout).ok()?.trim().parse().ok()
}
