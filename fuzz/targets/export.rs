//! Files of other tools: every reader gives deliveries that can be written, or an error that is safe to show.

use bytes::Bytes;
use cz_hook::capture::{FORMATS, har, http as raw};

pub fn export(data: &[u8]) {
    for format in FORMATS {
        let Some(read) = format.read_export(data) else {
            continue;
        };
        let records = match read {
            Ok(records) => records,
            Err(why) => {
                super::assert_harmless(&why.to_string(), false);
                continue;
            }
        };
        // What was read is a request, and another format that loses nothing keeps it.
        for record in &records {
            let is_plain = |b: &u8| !b.is_ascii_control() || *b == b'\t';
            if !record.delivery.headers.iter().all(|(_, value)| value.iter().all(is_plain)) {
                continue;
            }
            let mut delivery = record.delivery.clone();
            delivery.headers.remove("content-length");
            delivery.headers.remove("transfer-encoding");
            delivery.headers.push("Content-Length", delivery.body.len().to_string());
            delivery.received_at = None;
            let written = Bytes::from(delivery.to_wire(usize::MAX));
            let (again, _) = raw::read_all(written).expect("what is written is read");
            assert_eq!(again.len(), 1, "{}", format.name);
        }
        let again = har::read(&har::write(&records)).expect("what is written is read");
        assert!(records.iter().map(|one| &one.delivery).eq(again.iter().map(|one| &one.delivery)));
    }
}
