//! The heads on a connection of the listener: the result does not depend on how the bytes are split.

use cz_hook::server::head::{Head, HeaderParser, MAX_HEAD, end, is_invalid};

pub fn head(data: &[u8]) {
    let (step, stream) = data.split_first().unwrap_or((&0, &[]));
    let whole = heads(stream, stream.len().max(1));
    let piecemeal = heads(stream, usize::from(*step).max(1));
    assert_eq!(whole, piecemeal);
    assert!(whole.len() <= stream.len());

    let blank = stream.iter().take_while(|b| matches!(b, b'\r' | b'\n'));
    let stream = stream.get(blank.count()..).unwrap_or_default();
    if let Some((first, length)) = Head::parse(stream) {
        assert!(length <= stream.len() && !is_invalid(stream));
        first.path();
        first.plain_length();
        if length <= MAX_HEAD && end(stream, 0) == Some(length) {
            assert!(whole.first().is_none_or(|parsed| *parsed == first));
        }
    }
}

fn heads(stream: &[u8], step: usize) -> Vec<Head> {
    let mut parser = HeaderParser::default();
    let mut found = Vec::new();
    for piece in stream.chunks(step) {
        parser.feed(piece);
        found.extend(std::iter::from_fn(|| parser.take()));
        parser.is_partial();
    }
    found
}
