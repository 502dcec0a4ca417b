//! The detection of a file format: it depends only on the beginning of the file.

use cz_hook::capture::{Format, detect as format_of};

pub fn detect(data: &[u8]) {
    let whole = format_of(data);
    let is_journal = data.starts_with(b"SQLite format 3\0");
    assert_eq!(whole == Format::Journal, is_journal);
    // A byte order mark does not change the result.
    if !is_journal && !data.starts_with(b"\xef\xbb\xbf") {
        assert_eq!(format_of(&[b"\xef\xbb\xbf", data].concat()), whole);
    }
    // A file that is a capture by its complete lines stays one.
    if let Some(at) = data.iter().position(|b| *b == b'\n') {
        let begin = format_of(&data[..=at]);
        if begin != Format::Body {
            assert_eq!(whole, begin);
        }
    }
}
