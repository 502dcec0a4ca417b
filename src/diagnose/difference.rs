//! Where two byte strings differ: the first difference with an excerpt around it, and every place.

use std::ops::Range;

use similar::Algorithm;

/// At most so many equal bytes between two differences make them one place.
const MAX_GAP: usize = 1;

/// The most differing bytes in which single places are found.
const MAX_MIDDLE: usize = 16 << 10;

/// The bytes shown before the first difference.
const BEFORE: usize = 24;

/// The bytes shown of each, from the excerpt's start.
const SHOWN: usize = 64;

/// The first difference of two byte strings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The first byte that differs, from 0.
    pub offset: usize,
    /// Where the excerpts begin.
    pub start: usize,
    /// What was received, around the difference.
    pub received: Vec<u8>,
    /// What was hashed, around the difference.
    pub hashed: Vec<u8>,
    /// The length of what was received, in bytes.
    pub received_length: usize,
    /// The length of what was hashed, in bytes.
    pub hashed_length: usize,
}

/// The first difference between `received` and `hashed`; `None` when they are the same.
pub fn difference(received: &[u8], hashed: &[u8]) -> Option<Difference> {
    if received == hashed {
        return None;
    }
    let pairs = received.iter().zip(hashed);
    let offset = pairs.take_while(|(a, b)| a == b).count();
    let start = whole(received, offset.saturating_sub(BEFORE)).min(offset);
    let excerpt = |bytes: &[u8]| {
        let end = bytes.len().min(start + SHOWN);
        bytes.get(start..end).unwrap_or_default().to_vec()
    };
    Some(Difference {
        offset,
        start,
        received: excerpt(received),
        hashed: excerpt(hashed),
        received_length: received.len(),
        hashed_length: hashed.len(),
    })
}

/// A place at which two byte strings differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// The bytes of what was sent.
    pub sent: Range<usize>,
    /// The bytes that were hashed in their place.
    pub hashed: Range<usize>,
}

/// Every place at which the two differ, in order. Where finding the places would take long because so much differs,
/// it is one place.
pub fn hunks(sent: &[u8], hashed: &[u8]) -> Vec<Hunk> {
    let is_equal = |pair: &(&u8, &u8)| pair.0 == pair.1;
    let head = sent.iter().zip(hashed).take_while(is_equal).count();
    let (left, right) = (sent.split_at(head).1, hashed.split_at(head).1);
    let backwards = left.iter().rev().zip(right.iter().rev());
    let tail = backwards.take_while(is_equal).count();
    let left = left.split_at(left.len() - tail).0;
    let right = right.split_at(right.len() - tail).0;
    if left.is_empty() && right.is_empty() {
        return Vec::new();
    }
    let whole = Hunk { sent: head..head + left.len(), hashed: head..head + right.len() };
    if left.len().max(right.len()) > MAX_MIDDLE {
        return vec![whole];
    }
    let mut found: Vec<Hunk> = Vec::new();
    for op in similar::capture_diff_slices(Algorithm::Myers, left, right) {
        if op.tag() == similar::DiffTag::Equal {
            continue;
        }
        let place = |range: Range<usize>| range.start + head..range.end + head;
        let (sent, hashed) = (place(op.old_range()), place(op.new_range()));
        match found.last_mut() {
            Some(last) if sent.start <= last.sent.end + MAX_GAP => {
                last.sent.end = sent.end;
                last.hashed.end = hashed.end;
            }
            _ => found.push(Hunk { sent, hashed }),
        }
    }
    found
}

/// The next place at which a UTF-8 character begins.
fn whole(bytes: &[u8], at: usize) -> usize {
    let is_inside = |at: &usize| bytes.get(*at).is_some_and(|b| b & 0xc0 == 0x80);
    (at..at + 4).find(|at| !is_inside(at)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_found_and_the_bytes_between_are_the_same() {
        let (sent, hashed) = (b"{\"a\": 1, \"b\": 2.0}\n", b"{\"a\":1,\"b\":2}");
        let found = hunks(sent, hashed);
        // What is only a byte apart is one place: the space before `2.0`, its `.0` and the newline.
        assert_eq!(found.len(), 3, "{found:?}");
        let mut rebuilt = Vec::new();
        let mut at = 0;
        for hunk in &found {
            rebuilt.extend_from_slice(&sent[at..hunk.sent.start]);
            rebuilt.extend_from_slice(&hashed[hunk.hashed.clone()]);
            at = hunk.sent.end;
        }
        rebuilt.extend_from_slice(&sent[at..]);
        assert_eq!(rebuilt, hashed);
        assert_eq!(hunks(b"x", b"x"), []);
        assert_eq!(hunks(b"aaa", b"aa").len(), 1);
    }

    #[test]
    fn the_first_differing_byte_is_found_wherever_it_is() {
        assert_eq!(difference(b"same", b"same"), None);
        let found = difference(b"{\"a\": 1}", b"{\"a\":1}").unwrap();
        assert_eq!((found.offset, found.start), (5, 0));
        let found = difference(b"abc", b"abc\n").unwrap();
        assert_eq!((found.offset, found.hashed_length), (3, 4));
        let long = [b"x".repeat(1000), b"y".to_vec()].concat();
        let found = difference(&long, &b"x".repeat(1000)).unwrap();
        assert_eq!((found.offset, found.start), (1000, 976));
        assert_eq!(found.received, [b"x".repeat(24), b"y".to_vec()].concat());
        let found = difference("é".repeat(20).as_bytes(), "è".repeat(20).as_bytes()).unwrap();
        assert_eq!((found.offset, found.start), (1, 0));
    }

    #[test]
    fn the_excerpt_begins_no_later_than_the_difference() {
        for sent in [&b"\xa9x"[..], b"{\x80\x80\x80", b"\xbf"] {
            let found = difference(sent, b"{}").unwrap();
            assert!(found.start <= found.offset, "{found:?}");
        }
    }
}
