//! A request's bytes as they go over the wire: names keep their case, repeated headers stay, and a body is chunked
//! when its headers say so.

use super::delivery::{Delivery, Headers};

/// Head and body, byte for byte. A chunked body is cut into chunks of at most `max_chunk` bytes.
pub fn write(delivery: &Delivery, max_chunk: usize) -> Vec<u8> {
    let mut out = format!("{} {} HTTP/1.1\r\n", delivery.method, delivery.target).into_bytes();
    write_headers(&delivery.headers, &mut out);
    out.extend_from_slice(b"\r\n");
    if is_chunked(&delivery.headers) {
        // Without chunks it would be read as if it had them.
        for chunk in delivery.body.chunks(max_chunk.max(1)) {
            out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"0\r\n\r\n");
    } else {
        out.extend_from_slice(&delivery.body);
    }
    out
}

/// The lines of the headers: name, colon, one space, value, CR LF.
pub fn write_headers(headers: &Headers, out: &mut Vec<u8>) {
    for (name, value) in headers.iter() {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
}

/// Whether the body is chunked.
pub fn is_chunked(headers: &Headers) -> bool {
    headers
        .all("transfer-encoding")
        .any(|v| v.to_ascii_lowercase().ends_with(b"chunked"))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_bytes_are_exactly_those_of_the_request() {
        let mut delivery = Delivery::post("/a?b", Bytes::from_static(b"{}"));
        delivery.headers.push("X-Sig", &b"\xff"[..]);
        delivery.headers.push("x-sig", "2");
        let plain = &b"POST /a?b HTTP/1.1\r\nX-Sig: \xff\r\nx-sig: 2\r\n\r\n{}"[..];
        assert_eq!(&write(&delivery, 64), plain);
        delivery.headers.push("transfer-encoding", "chunked");
        delivery.body = vec![b'x'; 100].into();
        let written = String::from_utf8_lossy(&write(&delivery, 64)).into_owned();
        assert!(written.contains("\r\n\r\n40\r\nxxx"), "{written}");
        assert!(written.ends_with("x\r\n0\r\n\r\n"), "{written}");
    }
}
