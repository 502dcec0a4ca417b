//! Raw HTTP requests: what was read is written and read the same.

use bytes::Bytes;
use cz_hook::capture::{Format, detect, raw_http as raw};

pub fn raw_http(data: &[u8]) {
    let first = raw::read(data);
    if let Ok(first) = &first {
        let written = raw::write(&first.delivery);
        let again = raw::read(&written).expect("what is written is read");
        assert_eq!((&again.delivery, again.left_over), (&first.delivery, 0));
        let is_shouted = |b: u8| b.is_ascii_uppercase() || b == b'-';
        if first.delivery.method.bytes().all(is_shouted) {
            assert_eq!(detect(&written), Format::Http);
        }
        assert!(first.delivery.body.len() + first.left_over <= data.len());
    }
    match raw::read_all(Bytes::copy_from_slice(data)) {
        Ok((deliveries, left_over)) => {
            assert!(left_over <= 2 && left_over < data.len());
            let first = first.expect("the first of several is read alone, too");
            assert_eq!(deliveries.first(), Some(&first.delivery));
        }
        Err(why) => super::assert_harmless(&why.to_string(), false),
    }
}
