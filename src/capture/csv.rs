//! CSV (RFC 4180) with a first row of names, for exports that are tables.

use std::collections::HashMap;

/// A table whose first row names its columns.
#[derive(Debug)]
pub(super) struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A row by the names of its columns, or why it cannot be read.
pub(super) type Row<'t> = Result<Fields<'t>, String>;

/// The fields of a row.
#[derive(Debug)]
pub(super) struct Fields<'t>(HashMap<&'t str, &'t str>);

impl Fields<'_> {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).copied()
    }
}

impl Table {
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| match row.len() == self.names.len() {
            true => {
                let names = self.names.iter().map(String::as_str);
                Ok(Fields(names.zip(row.iter().map(String::as_str)).collect()))
            }
            false => Err(format!("it has {} fields, not {}", row.len(), self.names.len())),
        })
    }
}

/// Reads a table. Line ends inside of quotes are kept as they are.
///
/// # Errors
/// When it is not UTF-8, or a quote is not closed.
pub(super) fn parse(bytes: &[u8]) -> Result<Table, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8")?;
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted => match chars.next_if_eq(&'"') {
                Some(quote) => field.push(quote),
                None => is_quoted = false,
            },
            _ if is_quoted => field.push(c),
            '"' if field.is_empty() => is_quoted = true,
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if chars.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            _ => field.push(c),
        }
    }
    if is_quoted {
        return Err("a quote is not closed".to_owned());
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    // An empty line is no row.
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    let mut rows = rows.into_iter();
    let names = rows.next().ok_or("it is empty")?;
    Ok(Table { names, rows: rows.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commas_and_line_ends_are_read() {
        let table = parse(b"a,\"b\"\r\n\"1,\r\n\"\"2\"\"\",x\"y\n\n3,4").unwrap();
        let rows: Vec<_> = table.rows().map(Result::unwrap).collect();
        assert_eq!(rows[0].get("a"), Some("1,\r\n\"2\""));
        assert_eq!(rows[0].get("b"), Some("x\"y"));
        assert_eq!((rows[1].get("b"), rows[1].get("c")), (Some("4"), None));
        assert!(parse(b"a\n\"b").is_err() && parse(b"").is_err() && parse(b"a\n\xff").is_err());
        let table = parse(b"a,b\n1\n").unwrap();
        assert!(table.rows().next().unwrap().is_err());
    }
}
