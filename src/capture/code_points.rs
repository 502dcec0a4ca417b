//! Characters by their numbers, which programs write as escapes: one half of a pair may stand alone.

/// A character by its number; half a pair is three bytes, as generalised UTF-8 has it.
pub(super) fn push_code(code: u32, out: &mut Vec<u8>) {
    match char::from_u32(code) {
        Some(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        None if code < 0x1_0000 => out.extend([
            0xe0 | (code >> 12) as u8,
            0x80 | (code >> 6 & 0x3f) as u8,
            0x80 | (code & 0x3f) as u8,
        ]),
        None => out.extend_from_slice("\u{fffd}".as_bytes()),
    }
}

/// Both halves of each pair as one character.
pub(super) fn joined_surrogates(text: Vec<u8>) -> Vec<u8> {
    if memchr::memchr(0xed, &text).is_none() {
        return text;
    }
    let half = |at: usize, first: u8| -> Option<u32> {
        let [0xed, high, low] = *text.get(at..at + 3)? else { return None };
        let is_half = high & 0xf0 == first;
        is_half.then_some(u32::from(high & 0x0f) << 6 | u32::from(low & 0x3f))
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        if let (Some(high), Some(low)) = (half(at, 0xa0), half(at + 3, 0xb0)) {
            push_code(0x1_0000 + (high << 10 | low), &mut out);
            at += 6;
            continue;
        }
        out.push(*byte);
        at += 1;
    }
    out
}
