//! What curl does by itself, and what a shell can hand it: shared by all that write a command of it.

use crate::escape::is_dangerous;

/// The longest body that is an argument of a program.
pub const LONGEST_ARGUMENT: usize = 100 << 10;

/// Whether curl sets this header by itself, from the URL or from the body.
pub fn is_own(name: &str) -> bool {
    ["host", "content-length"]
        .iter()
        .any(|own| name.eq_ignore_ascii_case(own))
}

/// Whether some versions ask with `Expect` before they send this body.
pub fn asks_before(body: &[u8]) -> bool {
    body.len() > 1024
}

/// Whether curl makes several URLs of this one, unless `--globoff` says that it is meant as it stands.
pub fn globs(url: &str) -> bool {
    url.contains(['[', ']', '{', '}'])
}

/// A header as `-H` takes it. Without a value curl leaves it out, unless a semicolon says that it is meant.
pub fn header(name: &str, value: &[u8]) -> Vec<u8> {
    match value {
        [] => [name.as_bytes(), b";"].concat(),
        value => [name.as_bytes(), b": ", value].concat(),
    }
}

/// What `-H` takes to leave out a header that curl would add by itself.
pub fn no_header(name: &str) -> Vec<u8> {
    [name.as_bytes(), b":"].concat()
}

/// Whether a terminal shows this character of an argument as it is.
pub fn is_shown(c: char) -> bool {
    !is_dangerous(c) || matches!(c, '\n' | '\t')
}
