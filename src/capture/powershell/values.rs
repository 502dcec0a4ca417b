//! Reads values of PowerShell: texts, bytes, tables, and expressions that are not evaluated.

use super::script::{Script, Value, is_name};
use crate::capture::brackets::closing;
use crate::capture::error::excerpt;
use crate::capture::exported::decode_base64;

impl Script<'_, '_, '_> {
    pub(super) fn text_value(&mut self) -> Result<String, String> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            Value::Other(what) => Err(format!("`{what}` is not evaluated")),
            _ => Err("text is expected where there is a table or bytes".to_owned()),
        }
    }

    pub(super) fn value(&mut self) -> Result<Value, String> {
        match self.rest() {
            [b'"', ..] => self.double_quoted().map(Value::Text),
            [b'\'', ..] => self.single_quoted().map(Value::Text),
            [b'@', b'"' | b'\'', ..] => self.here_string().map(Value::Text),
            [b'@', b'{', ..] => self.table(),
            [b'$', ..] => self.variable(),
            [b'(' | b'[', ..] => self.expression(),
            _ => {
                let is_end = |b: &u8| {
                    b.is_ascii_whitespace() || matches!(b, b';' | b'|' | b'`' | b'}' | b')' | b',')
                };
                let length = self.rest().iter().position(is_end).unwrap_or(self.rest().len());
                let word = String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
                    .into_owned();
                self.at += length;
                if word.is_empty() {
                    return Err(format!("a value is missing before `{}`", self.excerpt()));
                }
                // A command with its arguments: `New-Object …`.
                if word.to_ascii_lowercase().starts_with("new-object") {
                    let rest = self.rest();
                    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
                    let is_table = [&b"Dictionary["[..], b"Hashtable"]
                        .iter()
                        .any(|kind| memchr::memmem::find(line, kind).is_some());
                    self.skip_line();
                    if is_table {
                        return Ok(Value::Table(Vec::new()));
                    }
                    return Ok(Value::Other(excerpt(word.as_bytes())));
                }
                Ok(Value::Text(word))
            }
        }
    }

    pub(super) fn variable(&mut self) -> Result<Value, String> {
        self.at += 1;
        let length = self.rest().iter().take_while(|b| is_name(**b)).count();
        let name =
            String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default()).into_owned();
        self.at += length;
        let known = self.variables.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let Some((_, value)) = known else {
            return Ok(Value::Other(format!("${}", excerpt(name.as_bytes()))));
        };
        let left = self.expansion_left.checked_sub(value.len());
        self.expansion_left = left.ok_or("the values of its variables are too long")?;
        Ok(value.clone())
    }

    /// `([System.Text.Encoding]::UTF8.GetBytes("…"))`; anything else is not evaluated.
    pub(super) fn expression(&mut self) -> Result<Value, String> {
        const BYTES: &[u8] = b"[System.Text.Encoding]::UTF8.GetBytes(";
        let start = self.at;
        let is_in_parentheses = self.eat(b"(");
        if self.eat(BYTES) || self.eat(b"[Text.Encoding]::UTF8.GetBytes(") {
            self.skip_blanks();
            let text = self.text_value()?;
            self.skip_blanks();
            if self.eat(b")") && (!is_in_parentheses || self.eat(b")")) {
                return Ok(Value::Bytes(text.into_bytes()));
            }
        } else if self.eat(b"[Convert]::FromBase64String(")
            || self.eat(b"[System.Convert]::FromBase64String(")
        {
            let text = self.text_value()?;
            if self.eat(b")") && (!is_in_parentheses || self.eat(b")")) {
                return decode_base64(&text).map(Value::Bytes);
            }
        }
        self.at = start;
        let rest = self.rest();
        let text = excerpt(rest.split(|b| *b == b'\n').next().unwrap_or_default());
        let searched = rest.get(..self.fuel).unwrap_or(rest);
        let end = closing(searched).filter(|_| rest.starts_with(b"("));
        let length = searched.len();
        self.fuel = self.fuel.saturating_sub(end.unwrap_or(length));
        match end {
            Some(end) => self.at += end,
            None => self.skip_line(),
        }
        Ok(Value::Other(text))
    }

    pub(super) fn table(&mut self) -> Result<Value, String> {
        self.at += 2;
        let mut table = Vec::new();
        loop {
            self.skip_all_blanks();
            match self.peek() {
                None => return Err("a table is not closed".to_owned()),
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Table(table));
                }
                Some(_) => {}
            }
            let key = match self.peek() {
                Some(b'"' | b'\'') => self.text_value()?,
                _ => {
                    let is_part = |b: &u8| is_name(*b) || *b == b'-';
                    let length = self.rest().iter().take_while(|b| is_part(b)).count();
                    let key =
                        String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
                            .into_owned();
                    self.at += length;
                    key
                }
            };
            self.skip_blanks();
            if key.is_empty() || !self.eat(b"=") {
                return Err(format!("`{}` is no entry of a table", self.excerpt()));
            }
            self.skip_blanks();
            // Only text is needed of it; tables of tables have no end of their own.
            if self.rest().starts_with(b"@{") {
                return Err("a table holds a table".to_owned());
            }
            let value = self.value()?;
            table.push((key, value));
        }
    }
}
