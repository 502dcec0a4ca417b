//! Lines that are too long for the terminal, broken between words.

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// Breaks each line of more than so many columns between words, and indents what follows. Colours take no columns. A
/// word that is longer stays whole, so that it can be copied.
pub(crate) fn lines(text: &str, columns: Option<usize>) -> String {
    let Some(columns) = columns else {
        return text.to_owned();
    };
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if display_width(line) <= columns {
            out.push_str(line);
            continue;
        }
        let indent = line.len() - line.trim_start_matches(' ').len();
        let indent = " ".repeat(indent + 4);
        let options = Options::new(columns)
            .subsequent_indent(&indent)
            .word_splitter(WordSplitter::NoHyphenation)
            .break_words(false);
        out.push_str(&textwrap::fill(line, options));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn long_lines_are_broken_between_words() {
        let text = "one two  three four\n  five six seven eight\nnine\n";
        assert_eq!(lines(text, None), text);
        assert_eq!(lines(text, Some(80)), text);
        let wrapped = "one two  three\n    four\n  five six\n      seven\n      eight\nnine\n";
        assert_eq!(lines(text, Some(15)), wrapped);
        assert_eq!(lines("a\u{1b}[31m b\u{1b}[0m\n", Some(3)), "a\u{1b}[31m b\u{1b}[0m\n");
        assert_eq!(lines("no end of line", Some(8)), "no end\n    of\n    line");
        assert_eq!(
            lines("a https://example.com/long\n", Some(8)),
            "a\n    https://example.com/long\n"
        );
        assert_eq!(lines("a b\n", Some(0)), "a\n    b\n");
    }
}
