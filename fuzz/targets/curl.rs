//! curl commands with shell quotes: writing a parsed command produces the same request.

use std::path::Path;

use bytes::Bytes;
use cz_hook::capture::curl as command;
use cz_hook::webhook::delivery::{Delivery, Headers};

pub fn curl(data: &[u8]) {
    whole(data);
    // Only the data, so that the fuzzer need not find a URL first.
    whole(&[b"curl http://h/ --data-raw ", data].concat());
    quoted(data);
}

fn whole(data: &[u8]) {
    let mut files = 0;
    let mut file = |path: &Path, _: usize| {
        files += 1;
        match path.to_str() {
            Some(short) if short.len() < 3 => Ok(b"a\r\nb\0c\n".to_vec()),
            _ => Err("there is no such file".to_owned()),
        }
    };
    let read = match command::read(data, &mut file) {
        Ok(read) => read,
        Err(why) => return super::assert_harmless(&why.to_string(), false),
    };
    assert!(files <= data.len());
    for record in read {
        assert_eq!(again(&record.delivery), without_length(&record.delivery));
    }
}

/// Any bytes can be a body.
fn quoted(data: &[u8]) {
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(data));
    delivery.headers.push("Host", "h");
    delivery.headers.push("Content-Type", "application/json");
    if !data.is_empty() {
        assert_eq!(again(&delivery), delivery);
    }
}

fn again(delivery: &Delivery) -> Delivery {
    let written = command::exact(delivery);
    let mut none = |_: &Path, _: usize| Err("no file is named".to_owned());
    let mut read = command::read(&written, &mut none).expect("what is written is read");
    assert_eq!(read.len(), 1);
    without_length(&read.remove(0).delivery)
}

/// Headers that curl adds by itself, so a command need not contain them.
fn without_length(delivery: &Delivery) -> Delivery {
    let is_kept = |(name, _): &(&str, &[u8])| !name.eq_ignore_ascii_case("content-length");
    let headers: Headers = delivery.headers.iter().filter(is_kept).collect();
    Delivery { headers, ..delivery.clone() }
}
