//! A request's bytes as they go over the wire. The sender writes them untouched: names keep their case,
//! headers stay double, and a body can come in chunks.

use bytes::Bytes;

use crate::webhook::delivery::Delivery;

/// The first chunks of a body in chunks are this long each: more than one of them shows that they are put
/// together again.
const CHUNK: usize = 64;

/// Head and body, byte for byte.
pub fn write(delivery: &Delivery) -> Bytes {
    let mut out = format!("{} {} HTTP/1.1\r\n", delivery.method, delivery.target).into_bytes();
    for (name, value) in delivery.headers.iter() {
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    if delivery.headers.get("transfer-encoding").is_some() {
        for chunk in delivery.body.chunks(CHUNK) {
            out.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            out.extend_from_slice(chunk);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"0\r\n\r\n");
    } else {
        out.extend_from_slice(&delivery.body);
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_added_and_nothing_is_left_out() {
        let mut delivery = Delivery::post("/a?b", Bytes::from_static(b"{}"));
        delivery.headers.push("X-Sig", &b"\xff"[..]);
        delivery.headers.push("x-sig", "2");
        let plain = &b"POST /a?b HTTP/1.1\r\nX-Sig: \xff\r\nx-sig: 2\r\n\r\n{}"[..];
        assert_eq!(&write(&delivery)[..], plain);
        delivery.headers.push("transfer-encoding", "chunked");
        delivery.body = vec![b'x'; 100].into();
        let written = String::from_utf8_lossy(&write(&delivery)).into_owned();
        assert!(written.contains("\r\n\r\n40\r\nxxx"), "{written}");
        assert!(written.ends_with("x\r\n0\r\n\r\n"), "{written}");
    }
}
