//! Two byte strings side by side, for people: what was sent, and what an endpoint hashed.

use std::ops::Range;

use crate::diagnose::Explanation;
use crate::diagnose::difference::{Difference, Hunk};
use crate::escape::clipped;
use crate::output::style::Palette;

use super::page::{MARGIN, Page};

/// Two byte strings compared: where they differ, and what leads from one to the other.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'c> {
    /// What was sent.
    pub sent: &'c [u8],
    /// What an endpoint hashed.
    pub hashed: &'c [u8],
    /// Where they part.
    pub first: &'c Difference,
    /// The places at which they differ that are shown.
    pub places: &'c [Hunk],
    /// How many places there are.
    pub of: usize,
    /// What leads from one to the other, the simplest first.
    pub found: &'c [Explanation],
}

impl Compared<'_> {
    /// The comparison for people; `width` is that of the terminal, in columns.
    pub fn human(&self, palette: Palette, width: usize) -> String {
        let mut page = Page::new(palette, width);
        page.difference("sent", self.first);
        for place in self.places {
            self.show(place, &mut page);
        }
        if self.of > self.places.len() {
            let more = self.of - self.places.len();
            let says = format!("{more} more places (--json has them all)");
            page.part("", &says, |p, text| p.dim(text));
        }
        match self.found.split_first() {
            Some((explanation, also)) => {
                page.explanation(explanation);
                page.part("fix", &explanation.fix(), |p, text| p.success(text));
                page.also(also);
            }
            None => {
                let says = "nothing tried here leads from one to the other";
                page.part("cause", says, |_, text| text.to_owned());
            }
        }
        page.into_text()
    }

    /// One place at which two byte strings differ.
    fn show(&self, place: &Hunk, page: &mut Page) {
        let shown = |bytes: &[u8], range: &Range<usize>| {
            let bytes = bytes.get(range.clone()).unwrap_or_default();
            match bytes.is_empty() {
                true => "nothing".to_owned(),
                false => format!("`{}`", clipped(bytes, 24)),
            }
        };
        let says = format!(
            "byte {}: {}, hashed (byte {}): {}",
            place.sent.start,
            shown(self.sent, &place.sent),
            place.hashed.start,
            shown(self.hashed, &place.hashed)
        );
        page.part("", &says, |_, text| text.to_owned());
    }
}

/// What is said below a comparison that did not try everything.
pub fn not_all_tried(palette: Palette) -> String {
    let says = "they are too large to try everything that is known here";
    format!("{}{}\n", " ".repeat(MARGIN), palette.dim(says))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::difference::difference;
    use unicode_width::UnicodeWidthStr;

    /// The text of two bodies compared, as a terminal of this width shows it.
    fn shown(sent: &[u8], hashed: &[u8], width: usize) -> String {
        let first = difference(sent, hashed).unwrap();
        let plain = Palette::new(false);
        let compared = Compared {
            sent,
            hashed,
            first: &first,
            places: &[],
            of: 0,
            found: &[],
        };
        compared.human(plain, width)
    }

    #[test]
    fn a_backslash_of_a_strangers_is_no_escape() {
        for (sent, first) in [
            ("\\é", "\\é"),
            ("\\x€", "\\x€"),
            ("\\", "\\"),
            ("\\u{", "\\u{"),
            ("\u{1b}é", "\\u{1b}é"),
        ] {
            let text = shown(sent.as_bytes(), b"y", 100);
            assert!(text.contains(&format!("sent  {first}\n")), "{text}");
        }
        let text = shown(b"\xe2\x82", b"\xe2\x83", 100);
        assert!(
            text.contains("\\x82\n") && text.contains("\\x83\n"),
            "{text}"
        );
    }

    #[test]
    fn the_end_is_said_and_what_does_not_fit_is_cut() {
        let long = "x".repeat(200);
        let text = shown(long.as_bytes(), b"", 60);
        assert!(text.contains("hashed  (end)\n"), "{text}");
        assert!(text.lines().all(|row| row.width() <= 60), "{text}");
        assert!(text.contains("x…\n"), "{text}");
    }
}
