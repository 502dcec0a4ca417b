//! Hexadecimal text: written in lower case, read in either.

/// Lowercase hexadecimal.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |n: u8| char::from(DIGITS.get(usize::from(n)).copied().unwrap_or(b'?'));
    bytes
        .iter()
        .flat_map(|b| [digit(b >> 4), digit(b & 15)])
        .collect()
}

/// The bytes of pairs of digits in either case; `None` when there is anything else.
pub fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_chunks() else {
        return None;
    };
    let mut bytes = Vec::with_capacity(pairs.len());
    for [high, low] in pairs {
        bytes.push(value(*high)? << 4 | value(*low)?);
    }
    Some(bytes)
}

/// Whether it is nothing but lowercase digits.
pub fn is_lowercase(text: &[u8]) -> bool {
    text.iter()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nothing_else_is() {
        assert_eq!(encode(&[0, 0x1f, 0xff]), "001fff");
        assert_eq!(decode(b"001fFF"), Some(vec![0, 0x1f, 0xff]));
        assert_eq!(decode(b""), Some(vec![]));
        assert!(is_lowercase(b"001fff") && !is_lowercase(b"001fFf") && !is_lowercase(b"g"));
        for not in ["0", "0g", "0 ", "000"] {
            assert_eq!(decode(not.as_bytes()), None, "{not}");
        }
    }
}
