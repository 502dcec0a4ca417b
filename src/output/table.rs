//! Columns that line up, for lists. Their content is escaped: it may come from an untrusted peer.

use unicode_width::UnicodeWidthStr;

use super::style::Palette;
use crate::escape;

/// A cell: its text, safe to look at, and the same in its colour if it has one.
#[derive(Clone, Debug)]
pub struct Cell {
    plain: String,
    painted: Option<String>,
}

impl Cell {
    /// A cell of one colour: `painted` is the same text.
    pub fn painted(text: &str, painted: String) -> Self {
        Self { painted: Some(painted), ..Self::from(text) }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self { plain: escape::line(text.as_bytes()), painted: None }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// Lays rows out below their heads, in columns two spaces apart.
pub fn text<const N: usize>(heads: [&str; N], rows: &[[Cell; N]], palette: Palette) -> String {
    Stream::new(heads, palette).add(rows)
}

/// Lays out rows that arrive in batches. A column is as wide as its widest cell so far.
#[derive(Clone, Debug)]
pub struct Stream<const N: usize> {
    widths: [usize; N],
    /// Until they are written.
    heads: Option<[Cell; N]>,
}

impl<const N: usize> Stream<N> {
    pub fn new(heads: [&str; N], palette: Palette) -> Self {
        let widths = heads.map(UnicodeWidthStr::width);
        Self { widths, heads: Some(heads.map(|head| Cell::painted(head, palette.dim(head)))) }
    }

    /// The next rows, below their heads if they are the first.
    pub fn add(&mut self, rows: &[[Cell; N]]) -> String {
        widen(&mut self.widths, rows);
        let mut text = String::new();
        for row in self.heads.take().iter().chain(rows) {
            // Written before the next cell that is not empty: no line ends with spaces.
            let mut padding = 0;
            for (cell, width) in row.iter().zip(self.widths) {
                if !cell.plain.is_empty() {
                    text.extend(std::iter::repeat_n(' ', padding));
                    text.push_str(cell.painted.as_ref().unwrap_or(&cell.plain));
                    padding = 0;
                }
                padding += width.saturating_sub(cell.plain.width()) + BETWEEN;
            }
            text.push('\n');
        }
        text
    }
}

/// How many columns of a terminal that takes.
pub fn width<const N: usize>(heads: [&str; N], rows: &[[Cell; N]]) -> usize {
    widths(heads, rows).iter().sum::<usize>() + BETWEEN * N.saturating_sub(1)
}

/// The space between two columns.
const BETWEEN: usize = 2;

fn widths<const N: usize>(heads: [&str; N], rows: &[[Cell; N]]) -> [usize; N] {
    let mut widths = heads.map(UnicodeWidthStr::width);
    widen(&mut widths, rows);
    widths
}

fn widen<const N: usize>(widths: &mut [usize; N], rows: &[[Cell; N]]) {
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.plain.width().max(*width);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_seen() {
        let plain = Palette::new(false);
        let rows = [["名前", "x"], ["Zoe\u{308}", "y"], ["\u{1b}[2J", "z"], ["last", ""]];
        let rows = rows.map(|row| row.map(Cell::from));
        assert_eq!(
            text(["NAME", "B"], &rows, plain),
            "NAME       B\n名前       x\nZoe\u{308}        y\n\\u{1b}[2J  z\nlast\n"
        );
    }
}
