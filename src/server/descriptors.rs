//! How many file descriptors connections may use.

/// How many connections may be open at once only to be refused.
pub(super) const MAX_REFUSALS: usize = 64;
/// How many descriptors connections use at most.
const MAX_DESCRIPTORS: usize = 8192 + MAX_REFUSALS;

/// How many descriptors connections may use, after raising the process's limit as far as needed and allowed.
#[cfg(unix)]
pub(super) fn max_descriptors() -> usize {
    use rustix::process::{Resource, getrlimit, setrlimit};
    /// For standard streams, files, the runtime and the listening socket.
    const RESERVED: u64 = 32;
    let mut limit = getrlimit(Resource::Nofile);
    let wanted = MAX_DESCRIPTORS as u64 + RESERVED;
    if limit.current.is_some_and(|now| now < wanted) {
        let mut raised = limit;
        raised.current = Some(limit.maximum.map_or(wanted, |max| max.min(wanted)));
        if setrlimit(Resource::Nofile, raised).is_ok() {
            limit = raised;
        }
    }
    let descriptors = limit.current.unwrap_or(wanted).min(wanted);
    usize::try_from(descriptors.saturating_sub(RESERVED).max(1)).unwrap_or(1)
}

#[cfg(not(unix))]
pub(super) fn max_descriptors() -> usize {
    MAX_DESCRIPTORS
}
