//! The human-readable text about a code: a heading, and wrapped paragraphs beside their labels.

use textwrap::{Options, WordSplitter};
use unicode_width::UnicodeWidthStr;

use super::style::Palette;
use crate::escape;

/// The text about `code`: what kind of code it is, and rows of a label and a text.
pub fn block(
    code: &str,
    about: &str,
    rows: &[(&str, &str)],
    palette: Palette,
    width: usize,
) -> String {
    let label_width = rows.iter().map(|(label, _)| label.width()).max().unwrap_or_default();
    let indent = " ".repeat(label_width + 4);
    let options = Options::new(width)
        .subsequent_indent(&indent)
        .word_splitter(WordSplitter::NoHyphenation)
        .break_words(false);
    let code = escape::line(code.as_bytes());
    let mut out = format!("{} {}\n", palette.bold(&code), palette.dim(&format!("({about})")));
    for (label, text) in rows {
        let padding = " ".repeat(label_width.saturating_sub(label.width()));
        let text = format!("  {label}{padding}  {}", escape::line(text.as_bytes()));
        let wrapped = textwrap::fill(&text, options.clone());
        // The colour has no width, so it is added after the text is wrapped.
        let rest = wrapped.get(2 + label.len()..).unwrap_or_default();
        out.push_str(&format!("  {}{rest}\n", palette.dim(label)));
    }
    out
}
