//! A program of Python that sends a delivery with Requests.

use std::fmt::Write;

use crate::webhook::delivery::Delivery;

use super::{given_headers, python_bytes, python_string, repeats_a_header, url_of};

/// The program that sends a delivery.
pub fn python(delivery: &Delivery) -> Vec<u8> {
    let mut out = String::from("import requests\n\n");
    let _ = writeln!(out, "url = {}", python_string(&url_of(delivery)));
    let _ = writeln!(out, "headers = {}", headers(delivery, ""));
    let _ = writeln!(out, "body = {}", python_bytes(&delivery.body));
    out.push('\n');
    let _ = writeln!(
        out,
        "response = requests.request({}, url, headers=headers, data=body, allow_redirects=False, timeout=30)",
        python_string(&delivery.method)
    );
    out.push_str("print(response.status_code, response.text)\n");
    out.into_bytes()
}

/// A dictionary of names and bytes. Requests has one value for a name: several are joined as HTTP allows it.
pub(super) fn headers(delivery: &Delivery, indent: &str) -> String {
    let mut all: Vec<(&str, Vec<u8>)> = Vec::new();
    for (name, value) in given_headers(delivery) {
        match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some((_, joined)) => {
                joined.extend_from_slice(b", ");
                joined.extend_from_slice(value);
            }
            None => all.push((name, value.to_vec())),
        }
    }
    if all.is_empty() {
        return "{}".to_owned();
    }
    let mut out = String::from("{\n");
    if repeats_a_header(delivery) {
        let _ = writeln!(
            out,
            "{indent}    # A name that was sent several times has its values joined here."
        );
    }
    for (name, value) in all {
        let _ = writeln!(out, "{indent}    {}: {},", python_string(name), python_bytes(&value));
    }
    let _ = write!(out, "{indent}}}");
    out
}
