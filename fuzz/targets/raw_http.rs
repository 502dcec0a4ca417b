//! Raw HTTP requests: reading a written request gives the same request.

use bytes::Bytes;
use cz_hook::capture::{detect, http as raw};

pub fn raw_http(data: &[u8]) {
    let (deliveries, left_over) = match raw::read_all(Bytes::copy_from_slice(data)) {
        Ok(read) => read,
        Err(why) => return super::assert_harmless(&why.to_string(), false),
    };
    assert!(left_over <= 2 && left_over < data.len());
    let bodies: usize = deliveries.iter().map(|one| one.body.len()).sum();
    assert!(bodies + left_over <= data.len());
    for delivery in deliveries {
        let written = delivery.to_wire(usize::MAX);
        let is_shouted = |b: u8| b.is_ascii_uppercase() || b == b'-';
        if delivery.method.bytes().all(is_shouted) {
            assert_eq!(detect(&written).expect("a capture").name, "http");
        }
        let again = raw::read_all(written.into()).expect("what is written is read");
        assert_eq!(again, (vec![delivery], 0));
    }
}
