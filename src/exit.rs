//! The exit codes. They are an API: scripts branch on them, so they never change their meaning.

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Yes: verified, accepted, valid, all that was asked for came.
    Yes = 0,
    /// A negative verdict: a signature that is not valid, an answer that is not 2xx, an invalid payload,
    /// something expected that did not come.
    No = 1,
    /// The command line or the configuration cannot be used as given.
    Usage = 2,
    /// A file, the network or the other side failed: there is no verdict.
    Io = 3,
    /// A run that handles interrupts (`listen`, `test`, `send --retry`) was stopped by Ctrl-C or a termination
    /// signal. Others are ended by the system, which shells report as 130, too.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
