//! Why a signature does not match, for people and for programs.

use std::ops::Range;

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::diagnose::difference::{Difference, Hunk};
use crate::diagnose::{Diagnosis, Explanation, Proof};

use super::sanitize::{clipped, line};
use super::style::Palette;

/// The width of the words before each part.
const LABEL: usize = 10;

/// The longest explanation or formula, in characters: names in it are a stranger's.
const LONGEST: usize = 1200;

/// A diagnosis, a block below a verdict; `width` is that of the terminal, in columns.
pub fn block(diagnosis: &Diagnosis, palette: Palette, width: usize) -> String {
    let mut page = Page {
        palette,
        width,
        text: String::new(),
    };
    match &diagnosis.proof {
        Some(proof) => page.proof(proof),
        None => page.clues(diagnosis),
    }
    page.text
}

/// The same in one line, for a list of deliveries.
pub fn one_line(diagnosis: &Diagnosis) -> String {
    match &diagnosis.proof {
        Some(proof) => {
            let explanation = &proof.explanation;
            format!(
                "{}: {}",
                explanation.codes().join(" + "),
                explanation.says()
            )
        }
        None if diagnosis.tried == 0 => diagnosis.clues.join(" "),
        None => "no known mistake gives this signature: most likely a different secret".to_owned(),
    }
}

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
        let mut page = Page {
            palette,
            width,
            text: String::new(),
        };
        page.difference("sent", self.first);
        for place in self.places {
            page.place(place, self.sent, self.hashed);
        }
        if self.of > self.places.len() {
            let more = self.of - self.places.len();
            let says = format!("{more} more places (--json has them all)");
            page.part("", &says, |p, text| p.faint(text));
        }
        match self.found.split_first() {
            Some((explanation, also)) => {
                page.explanation(explanation);
                page.part("fix", &explanation.fix(), |p, text| p.good(text));
                page.also(also);
            }
            None => {
                let says = "nothing tried here leads from one to the other";
                page.part("cause", says, |_, text| text.to_owned());
            }
        }
        page.text
    }
}

/// What is said below a comparison that did not try everything.
pub fn not_all_tried(palette: Palette) -> String {
    let says = "they are too large to try everything that is known here";
    format!("{}{}\n", " ".repeat(LABEL + 4), palette.faint(says))
}

struct Page {
    palette: Palette,
    width: usize,
    text: String,
}

impl Page {
    fn proof(&mut self, proof: &Proof) {
        let explanation = &proof.explanation;
        self.explanation(explanation);
        if let Some(difference) = &proof.difference {
            self.difference("received", difference);
        }
        self.part("fix", &explanation.fix(), |p, text| p.good(text));
        if let Some(document) = &proof.document {
            self.part("document", document, |_, text| text.to_owned());
        }
        self.also(&proof.same);
    }

    fn explanation(&mut self, explanation: &Explanation) {
        let codes = explanation.codes().join(" + ");
        self.part("cause", &codes, |p, text| p.name(text));
        self.part("", &explanation.says(), |_, text| text.to_owned());
        self.part("formula", &explanation.formula, |_, text| text.to_owned());
    }

    fn also(&mut self, same: &[Explanation]) {
        if !same.is_empty() {
            let others: Vec<_> = same.iter().map(|one| one.codes().join(" + ")).collect();
            let says = format!("the same bytes also come of {}", others.join(", "));
            self.part("also", &says, |p, text| p.faint(text));
        }
    }

    /// One place at which two byte strings differ.
    fn place(&mut self, place: &Hunk, sent: &[u8], hashed: &[u8]) {
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
            shown(sent, &place.sent),
            place.hashed.start,
            shown(hashed, &place.hashed)
        );
        self.part("", &says, |_, text| text.to_owned());
    }

    fn clues(&mut self, diagnosis: &Diagnosis) {
        for (i, clue) in diagnosis.clues.iter().enumerate() {
            let label = if i == 0 { "cause" } else { "" };
            let text = match i {
                0 => format!("not found. {clue}"),
                _ => clue.clone(),
            };
            self.part(label, &text, |_, text| text.to_owned());
        }
        if !diagnosis.is_complete && diagnosis.tried > 0 {
            let says = "there was more to try than the time allows; --explain=deep tries it";
            self.part("", says, |p, text| p.faint(text));
        }
    }

    /// Where the bytes part: a line of each, aligned, and a mark below the first byte that differs.
    fn difference(&mut self, ours: &str, difference: &Difference) {
        let at = difference.offset - difference.start;
        let head = difference.received.get(..at).unwrap_or_default();
        let more = if difference.start > 0 { "…" } else { "" };
        let head = format!("{more}{}", line(head));
        let says = format!(
            "from byte {} on ({ours} {} bytes, hashed {})",
            difference.offset, difference.received_length, difference.hashed_length
        );
        self.part("differs", &says, |_, text| text.to_owned());
        let room = self.width.saturating_sub(LABEL + 4 + head.width()).max(12);
        for (label, bytes, length) in [
            (ours, &difference.received, difference.received_length),
            ("hashed", &difference.hashed, difference.hashed_length),
        ] {
            let tail = bytes.get(at..).unwrap_or_default();
            let is_end = difference.start + bytes.len() == length;
            let (first, rest) = match tail.is_empty() {
                true => ("(end)".to_owned(), String::new()),
                false => {
                    let (first, rest) = split_first(tail);
                    let first = line(first);
                    let room = room.saturating_sub(first.width());
                    let rest = fitted(rest, room, is_end);
                    (first, rest)
                }
            };
            self.text.push_str(&format!(
                "  {:>LABEL$}  {}{}{}\n",
                label,
                self.palette.faint(&head),
                self.palette.bad(&first),
                rest
            ));
        }
        let pad = LABEL + 4 + head.width();
        let mark = self.palette.bad("^");
        self.text.push_str(&format!("{}{mark}\n", " ".repeat(pad)));
    }

    fn part(&mut self, label: &str, text: &str, paint: impl Fn(Palette, &str) -> String) {
        let text = clipped(text.as_bytes(), LONGEST);
        let width = self.width.saturating_sub(LABEL + 4).max(30);
        for (i, row) in textwrap::wrap(&text, width).iter().enumerate() {
            let label = match (i, label) {
                (0, label) if !label.is_empty() => format!("{label}:"),
                _ => String::new(),
            };
            let label = self.palette.faint(&format!("{label:<LABEL$}"));
            self.text
                .push_str(&format!("  {label}  {}\n", paint(self.palette, row)));
        }
    }
}

/// As much of the bytes, made safe to look at, as fits; an ellipsis when there is more.
fn fitted(bytes: &[u8], room: usize, is_end: bool) -> String {
    let whole = line(bytes);
    if whole.width() <= room {
        return if is_end { whole } else { format!("{whole}…") };
    }
    let mut shown = String::new();
    for c in whole.chars() {
        if shown.width() + 2 > room {
            break;
        }
        shown.push(c);
    }
    format!("{shown}…")
}

/// The first character, or the first byte of what is no UTF-8, and what follows it.
fn split_first(bytes: &[u8]) -> (&[u8], &[u8]) {
    let first = bytes.utf8_chunks().next();
    let first = first.and_then(|chunk| chunk.valid().chars().next());
    let length = first.map_or(1, char::len_utf8);
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

/// A diagnosis in JSON output.
#[derive(Debug, Serialize)]
pub struct DiagnosisPart {
    found: bool,
    causes: Vec<&'static str>,
    formula: Option<String>,
    explanation: String,
    fix: Option<String>,
    document: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same: Vec<SamePart>,
    difference: Option<DifferencePart>,
    tried: u64,
    complete: bool,
}

#[derive(Debug, Serialize)]
struct SamePart {
    causes: Vec<&'static str>,
    formula: String,
}

#[derive(Debug, Serialize)]
struct DifferencePart {
    offset: usize,
    received_bytes: usize,
    hashed_bytes: usize,
}

impl From<&Diagnosis> for DiagnosisPart {
    fn from(diagnosis: &Diagnosis) -> Self {
        let proof = diagnosis.proof.as_ref();
        let explanation = proof.map(|proof| &proof.explanation);
        Self {
            found: proof.is_some(),
            causes: explanation.map(Explanation::codes).unwrap_or_default(),
            formula: explanation.map(|e| e.formula.clone()),
            explanation: explanation.map_or_else(|| diagnosis.clues.join(" "), Explanation::says),
            fix: explanation.map(Explanation::fix),
            document: proof.and_then(|proof| proof.document.clone()),
            same: proof.map_or_else(Vec::new, |proof| {
                proof
                    .same
                    .iter()
                    .map(|one| SamePart {
                        causes: one.codes(),
                        formula: one.formula.clone(),
                    })
                    .collect()
            }),
            difference: proof
                .and_then(|proof| proof.difference.as_ref())
                .map(|difference| DifferencePart {
                    offset: difference.offset,
                    received_bytes: difference.received_length,
                    hashed_bytes: difference.hashed_length,
                }),
            tried: diagnosis.tried,
            complete: diagnosis.is_complete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::difference::difference;

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
