//! Sets of code points that follow a Unicode version, kept as text beside the code: ranges of hexadecimal numbers
//! in ascending order.

use std::sync::OnceLock;

/// A set of code points, read when it is first asked.
pub(super) struct Ranges {
    text: &'static str,
    read: OnceLock<Vec<(u32, u32)>>,
}

impl Ranges {
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            read: OnceLock::new(),
        }
    }

    pub fn contains(&self, code: u32) -> bool {
        let ranges = self.read.get_or_init(|| read(self.text));
        let after = ranges.partition_point(|(first, _)| *first <= code);
        let nearest = after.checked_sub(1).and_then(|index| ranges.get(index));
        nearest.is_some_and(|(_, last)| code <= *last)
    }
}

fn read(text: &str) -> Vec<(u32, u32)> {
    let hex = |digits| u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
    text.split_whitespace()
        .map(|range| range.split_once('-').unwrap_or((range, range)))
        .map(|(first, last)| (hex(first), hex(last)))
        .collect()
}
