//! CSV (RFC 4180) with a first row of names, for exports that are tables.

use std::collections::HashMap;
use std::iter::Peekable;
use std::str::Chars;

/// The rows of a table, one at a time.
pub(super) struct Rows<'t> {
    names: Vec<String>,
    chars: Peekable<Chars<'t>>,
}

/// A row by the names of its columns, or why it cannot be read.
pub(super) type Row = Result<HashMap<String, String>, String>;

/// The longest name of a column, in bytes: each row has all of them.
const MAX_NAME: usize = 100;

/// The most columns.
const MAX_COLUMNS: usize = 1000;

/// The rows after the first one, which names the columns. Line ends inside of quotes are kept as they are.
///
/// # Errors
/// When it is not UTF-8, or there is no first row.
pub(super) fn rows(bytes: &[u8]) -> Result<Rows<'_>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let mut chars = text.chars().peekable();
    let names = row(&mut chars, MAX_COLUMNS)?.ok_or("it is empty")?;
    if names.iter().any(|name| name.len() > MAX_NAME) {
        return Err(format!("the name of a column is longer than {MAX_NAME} bytes"));
    }
    Ok(Rows { names, chars })
}

impl Iterator for Rows<'_> {
    type Item = Row;

    fn next(&mut self) -> Option<Row> {
        let row = match row(&mut self.chars, self.names.len()) {
            Ok(row) => row?,
            Err(why) => return Some(Err(why)),
        };
        if row.len() < self.names.len() {
            return Some(Err(format!("it has {} fields, not {}", row.len(), self.names.len())));
        }
        Some(Ok(self.names.iter().cloned().zip(row).collect()))
    }
}

/// The next row that is not empty, with at most so many fields; `None` at the end.
fn row(chars: &mut Peekable<Chars<'_>>, max: usize) -> Result<Option<Vec<String>>, String> {
    let mut row = Vec::new();
    let mut field = String::new();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted => match chars.next_if_eq(&'"') {
                Some(quote) => field.push(quote),
                None => is_quoted = false,
            },
            _ if is_quoted => field.push(c),
            '"' if field.is_empty() => is_quoted = true,
            ',' if row.len() + 1 >= max => return Err(format!("it has more than {max} fields")),
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' if row.is_empty() && field.is_empty() => {}
            '\n' => {
                row.push(field);
                return Ok(Some(row));
            }
            _ => field.push(c),
        }
    }
    if is_quoted {
        return Err("a quote is not closed".to_owned());
    }
    if row.is_empty() && field.is_empty() {
        return Ok(None);
    }
    row.push(field);
    Ok(Some(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<Row> {
        rows(text.as_bytes()).unwrap().collect()
    }

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let found = all("a,\"b\",c\r\n\"1,\r\n\"\"2\"\"\",x\"y,\n\n3,4,");
        let [Ok(first), Ok(second)] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(first["a"], "1,\r\n\"2\"");
        assert_eq!((&*first["b"], &*first["c"]), ("x\"y", ""));
        assert_eq!((&*second["a"], &*second["b"]), ("3", "4"));
    }

    #[test]
    fn what_is_no_row_is_an_error() {
        assert!(rows(b"").is_err() && rows(b"a\n\xff").is_err() && rows(b"\"a").is_err());
        assert!(rows(",".repeat(MAX_COLUMNS).as_bytes()).is_err());
        for row in ["1", "1,2,3", "\"1"] {
            assert!(all(&format!("a,b\n{row}\n"))[0].is_err(), "{row}");
        }
    }
}
