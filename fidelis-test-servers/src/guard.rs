//! What cleans up behind a server, however the process that started it ends.

use std::{
    ffi::OsStr,
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
};

use crate::{ServerError, account::Account};

/// A shell that waits for the end of its input, and then stops the server and removes its folder.
///
/// Its input is a pipe from this process: it ends when the guard is dropped, and just as well when this process is killed. The
/// shell is in a process group of its own, so that Ctrl-C reaches us first and the shell only through the pipe.
#[derive(Debug)]
pub(crate) struct Guard(Child);

impl Guard {
    /// Calls `stop` with its arguments and removes the folder when the guard is dropped.
    pub(crate) fn new(account: Account, folder: &Path, stop: &[&OsStr]) -> Result<Self, ServerError> {
        let shell = Path::new("/bin/sh");
        let mut command = account.command(shell);
        command.args(["-c", r#"cat > /dev/null; folder=$1; shift; "$@"; rm -rf "$folder""#, "guard"]).arg(folder).args(stop);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        Ok(Guard(command.spawn().map_err(ServerError::io(shell))?))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // Nobody could do anything about a shell that cannot be waited for.
        let _ = self.0.wait();
    }
}
