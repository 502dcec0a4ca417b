//! Whether a request that was read from a file could have come over a wire. A file can say anything: a
//! line break in a header would become another header, or another request, wherever it is written next.

use crate::webhook::delivery::Delivery;

use super::shown::shown;

/// Checks the parts of a request's head.
///
/// # Errors
/// What no request can hold, in words.
pub(super) fn check(delivery: &Delivery) -> Result<(), String> {
    if !is_token(&delivery.method) {
        let method = shown(delivery.method.as_bytes());
        return Err(format!("`{method}` is no request method"));
    }
    let target = &delivery.target;
    if target.is_empty() || target.contains(|c: char| c.is_whitespace() || c.is_control()) {
        let target = shown(target.as_bytes());
        return Err(format!("`{target}` is no request target"));
    }
    for (name, value) in delivery.headers.iter() {
        if !is_token(name) {
            return Err(format!("`{}` is no header name", shown(name.as_bytes())));
        }
        if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
            return Err(format!(
                "the {} header holds a line break or a zero byte",
                shown(name.as_bytes())
            ));
        }
    }
    Ok(())
}

/// RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let is_tchar = |b: u8| TCHARS.get(usize::from(b)).is_some_and(|is| *is);
    !text.is_empty() && text.bytes().all(is_tchar)
}

/// By their codes: every header name of every delivery of a capture is looked at.
const TCHARS: [bool; 256] = {
    let mut all = [false; 256];
    let mut code = 0;
    while code < all.len() {
        let byte = code as u8;
        all[code] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
            );
        code += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    #[test]
    fn nothing_that_would_become_another_header_is_read() {
        let with = |name: &str, value: &[u8]| {
            let mut delivery = Delivery::post("/", Bytes::new());
            delivery.headers.push(name, value);
            check(&delivery)
        };
        assert_eq!(with("X-A", b"ok \xff\t"), Ok(()));
        for (name, value) in [
            ("X-A", &b"a\r\nX-B: c"[..]),
            ("X-A", b"a\0"),
            ("X A", b""),
            ("", b""),
            ("X:", b""),
            ("X\n", b""),
        ] {
            assert!(with(name, value).is_err(), "{name} {value:?}");
        }
        for target in ["", "/a b", "/\r\nX: y"] {
            assert!(check(&Delivery::post(target, Bytes::new())).is_err());
        }
    }
}
