//! The detection of a file format: what it says is safe to show, and a byte order mark changes nothing.

use cz_hook::capture::{FORMATS, detect as format_of};

pub fn detect(data: &[u8]) {
    let whole = format_of(data);
    let is_journal = data.starts_with(b"SQLite format 3\0");
    assert_eq!(whole.as_ref().is_ok_and(|format| format.name == "db"), is_journal);
    match &whole {
        Ok(format) => assert!(FORMATS.contains(format)),
        Err(why) => super::assert_harmless(&why.clause, false),
    }
    let has_mark = data.starts_with(b"\xef\xbb\xbf");
    if let (Ok(format), false, false) = (whole, has_mark, is_journal) {
        assert_eq!(format_of(&[b"\xef\xbb\xbf", data].concat()), Ok(format));
    }
}
