//! HTTP archives: reading a written archive gives the same requests, and the file is safe to show.

use cz_hook::capture::har as archive;

pub fn har(data: &[u8]) {
    let read = match archive::read(data) {
        Ok(read) => read,
        Err(why) => return super::assert_harmless(&why.to_string(), false),
    };
    let written = archive::write(&read);
    super::assert_harmless(std::str::from_utf8(&written).expect("text"), true);
    let again = archive::read(&written).expect("what is written is read");
    assert!(read.iter().map(|c| &c.delivery).eq(again.iter().map(|c| &c.delivery)));
}
