//! The detection of a file format: what it says is safe to show, and a byte order mark changes nothing. Each reader of
//! another tool's format gives deliveries or an error that is safe to show.

use cz_hook::capture::{FORMATS, detect as format_of};

pub fn detect(data: &[u8]) {
    let whole = format_of(data);
    let is_journal = data.starts_with(b"SQLite format 3\0");
    assert_eq!(whole.as_ref().is_ok_and(|format| format.name == "db"), is_journal);
    match &whole {
        Ok(format) => assert!(FORMATS.contains(format)),
        Err(why) => super::assert_harmless(&why.clause, false),
    }
    // Whatever format the user says it is.
    let mut no_files = |_: &std::path::Path, _: usize| Err("no file is read".to_owned());
    for format in FORMATS {
        if let Some(Err(why)) = format.read_with_files(data, &mut no_files) {
            super::assert_harmless(&why.to_string(), false);
        }
    }
    if let (Ok(format), false) = (whole, data.starts_with(b"\xef\xbb\xbf"))
        && !is_journal
    {
        assert_eq!(format_of(&[b"\xef\xbb\xbf", data].concat()), Ok(format));
    }
}
