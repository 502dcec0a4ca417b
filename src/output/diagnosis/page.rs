//! The rows of a diagnosis for people: a word, and beside it text in the terminal's width.

use unicode_width::UnicodeWidthStr;

use crate::diagnose::Explanation;
use crate::diagnose::difference::Difference;
use crate::escape::{clipped, line};
use crate::output::style::Palette;

/// The width of the words before each part.
const LABEL: usize = 10;

/// The column that text begins in: two spaces before the word, two behind it.
pub const MARGIN: usize = LABEL + 4;

/// The longest explanation or formula, in characters: names in it are a stranger's.
const LONGEST: usize = 1200;

/// Rows being written.
pub struct Page {
    palette: Palette,
    width: usize,
    text: String,
}

impl Page {
    /// An empty page; `width` is that of the terminal, in columns.
    pub fn new(palette: Palette, width: usize) -> Self {
        Self {
            palette,
            width,
            text: String::new(),
        }
    }

    /// What was written.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Text beside a word, or below the text before where there is no word.
    pub fn part(&mut self, label: &str, text: &str, paint: impl Fn(Palette, &str) -> String) {
        let text = clipped(text.as_bytes(), LONGEST);
        let width = self.width.saturating_sub(MARGIN).max(30);
        for (i, row) in textwrap::wrap(&text, width).iter().enumerate() {
            let label = match (i, label) {
                (0, label) if !label.is_empty() => format!("{label}:"),
                _ => String::new(),
            };
            let label = self.palette.dim(&format!("{label:<LABEL$}"));
            self.text
                .push_str(&format!("  {label}  {}\n", paint(self.palette, row)));
        }
    }

    /// A cause: its names, what it is, and the bytes as a formula.
    pub fn explanation(&mut self, explanation: &Explanation) {
        let codes = explanation.codes().join(" + ");
        self.part("cause", &codes, |p, text| p.bold(text));
        self.part("", &explanation.says(), |_, text| text.to_owned());
        self.part("formula", &explanation.formula, |_, text| text.to_owned());
    }

    /// The other causes that come to the same bytes.
    pub fn also(&mut self, same: &[Explanation]) {
        if !same.is_empty() {
            let others: Vec<_> = same.iter().map(|one| one.codes().join(" + ")).collect();
            let says = format!("the same bytes also come of {}", others.join(", "));
            self.part("also", &says, |p, text| p.dim(text));
        }
    }

    /// Where the bytes part: a line of each, aligned, and a mark below the first byte that differs.
    pub fn difference(&mut self, ours: &str, difference: &Difference) {
        let at = difference.offset - difference.start;
        let head = difference.received.get(..at).unwrap_or_default();
        let more = if difference.start > 0 { "…" } else { "" };
        let head = format!("{more}{}", line(head));
        let says = format!(
            "from byte {} on ({ours} {} bytes, hashed {})",
            difference.offset, difference.received_length, difference.hashed_length
        );
        self.part("differs", &says, |_, text| text.to_owned());
        let room = self.width.saturating_sub(MARGIN + head.width()).max(12);
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
                self.palette.dim(&head),
                self.palette.error(&first),
                rest
            ));
        }
        let pad = MARGIN + head.width();
        let mark = self.palette.error("^");
        self.text.push_str(&format!("{}{mark}\n", " ".repeat(pad)));
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
