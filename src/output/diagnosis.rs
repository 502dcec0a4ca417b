//! Why a signature does not match, and how two bodies differ, human-readable and as JSON.

use std::ops::Range;

use serde::Serialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::diagnose::cause::Cause;
use crate::diagnose::difference::{Difference, Hunk};
use crate::diagnose::{Diagnosis, Explanation, Proof};
use crate::escape::{clipped, line};

use super::style::Palette;

/// The width of the labels before each part, in columns.
const LABEL: usize = 10;
/// The column in which text begins: two spaces before the label, two after it.
const MARGIN: usize = LABEL + 4;
/// The longest explanation or formula, in characters: names in it are untrusted.
const MAX_TEXT: usize = 1200;

/// A diagnosis as a block of text below a verdict; `width` is that of the terminal, in columns.
pub(crate) fn block(diagnosis: &Diagnosis, palette: Palette, width: usize) -> String {
    let mut layout = Layout::new(palette, width);
    layout.evidence(&diagnosis.evidence);
    match &diagnosis.proof {
        Some(proof) => layout.proof(proof),
        None => layout.hints(diagnosis),
    }
    layout.text
}

/// The same in one line, for a list of deliveries.
pub(crate) fn one_line(diagnosis: &Diagnosis) -> String {
    match &diagnosis.proof {
        Some(proof) => format!("{}: {}", codes(&proof.explanation), proof.explanation.says()),
        None if !diagnosis.evidence.is_empty() => {
            let says = diagnosis.evidence.iter().map(Cause::says);
            says.collect::<Vec<_>>().join(" ")
        }
        None if diagnosis.tried == 0 => diagnosis.hints.join(" "),
        None => "no known mistake gives this signature: most likely a different secret".to_owned(),
    }
}

fn codes(explanation: &Explanation) -> String {
    explanation.codes().join(" + ")
}

/// Two byte strings compared: where they differ, and what turns one into the other.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'c> {
    /// What was sent.
    pub sent: &'c [u8],
    /// What an endpoint hashed.
    pub hashed: &'c [u8],
    /// Where they first differ.
    pub first: &'c Difference,
    /// The places at which they differ that are shown.
    pub places: &'c [Hunk],
    /// How many places there are.
    pub of: usize,
    /// What turns one into the other, the simplest first.
    pub found: &'c [Explanation],
}

impl Compared<'_> {
    /// The human-readable comparison; `width` is that of the terminal, in columns.
    pub fn human(&self, palette: Palette, width: usize) -> String {
        let mut layout = Layout::new(palette, width);
        layout.difference("sent", self.first);
        for place in self.places {
            self.show(place, &mut layout);
        }
        if self.of > self.places.len() {
            let more = self.of - self.places.len();
            let says = format!("{more} more places (--json has them all)");
            layout.part("", &says, Palette::dim);
        }
        match self.found.split_first() {
            Some((explanation, also)) => {
                layout.explanation(explanation);
                layout.part("fix", &explanation.fix(), Palette::success);
                layout.also(also);
            }
            None => layout.plain("cause", "no known change turns one into the other"),
        }
        layout.text
    }

    /// One place at which two byte strings differ.
    fn show(&self, place: &Hunk, layout: &mut Layout) {
        let shown = |bytes: &[u8], range: &Range<usize>| match bytes.get(range.clone()) {
            None | Some([]) => "nothing".to_owned(),
            Some(bytes) => format!("`{}`", clipped(bytes, 24)),
        };
        let says = format!(
            "byte {}: {}, hashed (byte {}): {}",
            place.sent.start,
            shown(self.sent, &place.sent),
            place.hashed.start,
            shown(self.hashed, &place.hashed)
        );
        layout.plain("", &says);
    }
}

/// The note below a comparison that did not try everything.
pub(crate) fn not_all_tried(palette: Palette) -> String {
    let says = "they are too large to try every known change";
    format!("{}{}\n", " ".repeat(MARGIN), palette.dim(says))
}

/// A diagnosis in JSON output.
#[derive(Debug, Serialize)]
pub(crate) struct DiagnosisPart {
    found: bool,
    causes: Vec<&'static str>,
    formula: Option<String>,
    explanation: String,
    fix: Option<String>,
    document: Option<String>,
    /// What shows that the body is not the one that was sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<Value>,
    /// Other explanations, with their causes and formulas.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    same: Vec<Value>,
    difference: Option<Value>,
    tried: u64,
    complete: bool,
}

impl From<&Diagnosis> for DiagnosisPart {
    fn from(diagnosis: &Diagnosis) -> Self {
        let proof = diagnosis.proof.as_ref();
        let explanation = proof.map(|proof| &proof.explanation);
        let same = proof.map_or(&[][..], |proof| &proof.same).iter();
        let difference = proof.and_then(|proof| proof.difference.as_ref());
        Self {
            found: proof.is_some(),
            causes: explanation.map(Explanation::codes).unwrap_or_default(),
            formula: explanation.map(|e| e.formula.clone()),
            explanation: explanation.map_or_else(|| diagnosis.hints.join(" "), Explanation::says),
            fix: proof.map(|proof| proof.fix.clone()),
            evidence: (diagnosis.evidence.iter())
                .map(|one| json!({ "code": one.code, "explanation": one.says(), "fix": one.fix() }))
                .collect(),
            document: proof.and_then(|proof| proof.document.clone()),
            same: same
                .map(|one| json!({ "causes": one.codes(), "formula": one.formula }))
                .collect(),
            difference: difference.map(|difference| {
                json!({
                    "offset": difference.offset,
                    "received_bytes": difference.received_length,
                    "hashed_bytes": difference.hashed_length,
                })
            }),
            tried: diagnosis.tried,
            complete: diagnosis.is_complete,
        }
    }
}

/// Rows of a label and a text, wrapped to the terminal's width.
struct Layout {
    palette: Palette,
    width: usize,
    text: String,
}

impl Layout {
    fn new(palette: Palette, width: usize) -> Self {
        Self { palette, width, text: String::new() }
    }

    fn proof(&mut self, proof: &Proof) {
        let explanation = &proof.explanation;
        self.explanation(explanation);
        if let Some(difference) = &proof.difference {
            self.difference("received", difference);
        }
        self.part("fix", &proof.fix, Palette::success);
        if let Some(document) = &proof.document {
            self.plain("document", document);
        }
        self.also(&proof.same);
    }

    /// What shows that the body is not the one that was sent, and how to get that one.
    fn evidence(&mut self, all: &[Cause]) {
        for (at, one) in all.iter().enumerate() {
            self.part("capture", one.code, Palette::bold);
            self.plain("", &one.says());
            // Several signs of one kind of damage have one remedy each; a repeated one is left out.
            let is_new = all.iter().take(at).all(|before| before.fix() != one.fix());
            if is_new {
                self.part("", &one.fix(), Palette::success);
            }
        }
    }

    fn hints(&mut self, diagnosis: &Diagnosis) {
        for (i, hint) in diagnosis.hints.iter().enumerate() {
            match i {
                0 => self.plain("cause", &format!("not found. {hint}")),
                _ => self.plain("", hint),
            }
        }
        if !diagnosis.is_complete && diagnosis.tried > 0 {
            let says = "the search reached its limit; --explain=deep tries more combinations";
            self.part("", says, Palette::dim);
        }
    }

    fn plain(&mut self, label: &str, text: &str) {
        self.part(label, text, |_, text| text.to_owned());
    }

    /// Text next to a label, or below the text before it when the label is empty.
    fn part(&mut self, label: &str, text: &str, paint: impl Fn(Palette, &str) -> String) {
        let text = clipped(text.as_bytes(), MAX_TEXT);
        let width = self.width.saturating_sub(MARGIN).max(30);
        for (i, row) in textwrap::wrap(&text, width).iter().enumerate() {
            let label = match (i, label) {
                (0, label) if !label.is_empty() => format!("{label}:"),
                _ => String::new(),
            };
            let label = self.palette.dim(&format!("{label:<LABEL$}"));
            self.text.push_str(&format!("  {label}  {}\n", paint(self.palette, row)));
        }
    }

    /// The codes, the sentences and the formula of an explanation.
    fn explanation(&mut self, explanation: &Explanation) {
        self.part("cause", &codes(explanation), Palette::bold);
        self.plain("", &explanation.says());
        self.plain("formula", &explanation.formula);
    }

    /// The other explanations of the same bytes.
    fn also(&mut self, same: &[Explanation]) {
        if !same.is_empty() {
            let others: Vec<_> = same.iter().map(codes).collect();
            let says = format!("{} would produce the same bytes", others.join(", "));
            self.part("also", &says, Palette::dim);
        }
    }

    /// The first difference: a line of each body, aligned, and a mark below the first byte that differs.
    fn difference(&mut self, ours: &str, difference: &Difference) {
        let at = difference.offset - difference.start;
        let head = difference.received.get(..at).unwrap_or_default();
        let more = if difference.start > 0 { "…" } else { "" };
        let head = format!("{more}{}", line(head));
        let says = format!(
            "from byte {} on ({ours} {} bytes, hashed {})",
            difference.offset, difference.received_length, difference.hashed_length
        );
        self.plain("differs", &says);
        let columns = self.width.saturating_sub(MARGIN + head.width()).max(12);
        for (label, bytes, length) in [
            (ours, &difference.received, difference.received_length),
            ("hashed", &difference.hashed, difference.hashed_length),
        ] {
            let tail = bytes.get(at..).unwrap_or_default();
            let is_end = difference.start + bytes.len() == length;
            let (first, rest) = split_first(tail);
            let (first, rest) = match first {
                [] => ("(end)".to_owned(), String::new()),
                first => {
                    let first = line(first);
                    let columns = columns.saturating_sub(first.width());
                    let rest = fitted(rest, columns, is_end);
                    (first, rest)
                }
            };
            let (head, first) = (self.palette.dim(&head), self.palette.error(&first));
            self.text.push_str(&format!("  {label:>LABEL$}  {head}{first}{rest}\n"));
        }
        let pad = MARGIN + head.width();
        let mark = self.palette.error("^");
        self.text.push_str(&format!("{}{mark}\n", " ".repeat(pad)));
    }
}

/// As many of the escaped bytes as fit; an ellipsis when there are more.
fn fitted(bytes: &[u8], columns: usize, is_end: bool) -> String {
    let whole = line(bytes);
    if whole.width() <= columns {
        return if is_end { whole } else { format!("{whole}…") };
    }
    let mut shown = String::new();
    for c in whole.chars() {
        if shown.width() + 2 > columns {
            break;
        }
        shown.push(c);
    }
    format!("{shown}…")
}

/// The first character, or the first byte of invalid UTF-8, and what follows it.
fn split_first(bytes: &[u8]) -> (&[u8], &[u8]) {
    let first = bytes.utf8_chunks().next();
    let first = first.and_then(|chunk| chunk.valid().chars().next());
    let length = first.map_or(1, char::len_utf8);
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::difference::difference;

    /// The text of two bodies compared, as a terminal of this width shows it.
    fn shown(sent: &[u8], hashed: &[u8], width: usize) -> String {
        let first = difference(sent, hashed).unwrap();
        let plain = Palette::new(false);
        let (places, of, found) = (&[][..], 0, &[][..]);
        Compared { sent, hashed, first: &first, places, of, found }.human(plain, width)
    }

    #[test]
    fn a_backslash_of_the_input_is_not_taken_for_an_escape() {
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
        assert!(text.contains("\\x82\n") && text.contains("\\x83\n"), "{text}");
    }

    #[test]
    fn the_end_is_named_and_long_rows_are_cut() {
        let long = "x".repeat(200);
        let text = shown(long.as_bytes(), b"", 60);
        assert!(text.contains("hashed  (end)\n"), "{text}");
        assert!(text.lines().all(|row| row.width() <= 60), "{text}");
        assert!(text.contains("x…\n"), "{text}");
    }
}
