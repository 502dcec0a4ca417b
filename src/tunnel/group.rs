//! A client and its children as one: a wrapper that is ended must not leave the program it wraps behind.

use tokio::process::Child;

/// A process group of its own. Where the system has none, there is never one.
#[derive(Debug)]
pub struct Group {
    #[cfg(unix)]
    leader: rustix::process::Pid,
}

#[cfg(unix)]
impl Group {
    /// The group that a child leads; `None` when it has ended already.
    pub fn led_by(child: &Child) -> Option<Self> {
        let id = i32::try_from(child.id()?).ok()?;
        rustix::process::Pid::from_raw(id).map(|leader| Self { leader })
    }

    /// Asks all of it to end.
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Ends all of it.
    pub fn kill(&self) {
        self.signal(rustix::process::Signal::KILL);
    }

    /// Whether any of it is left.
    pub fn is_alive(&self) -> bool {
        rustix::process::test_kill_process_group(self.leader).is_ok()
    }

    fn signal(&self, signal: rustix::process::Signal) {
        // A group that is gone is what was wanted.
        let _ = rustix::process::kill_process_group(self.leader, signal);
    }
}

#[cfg(not(unix))]
impl Group {
    /// There are no groups here.
    pub fn led_by(_child: &Child) -> Option<Self> {
        None
    }

    /// Nothing to ask.
    pub fn terminate(&self) {}

    /// Nothing to end.
    pub fn kill(&self) {}

    /// Nothing is left of nothing.
    pub fn is_alive(&self) -> bool {
        false
    }
}
