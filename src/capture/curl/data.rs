//! The body that curl joins from its data options, and the files they name.

use std::path::Path;

use super::super::shown::shown;
use super::super::url;
use super::CaptureError;
use super::options::Data;

/// Gives the content of a file that a command names, or says why it cannot.
pub type Files<'f> = dyn FnMut(&Path) -> Result<Vec<u8>, String> + 'f;

/// The longest body, in bytes: a short command may name a long file many times.
pub const LONGEST: usize = 256 << 20;

/// Where data may come from beside the command itself.
pub(super) struct Sources<'s, 'f> {
    /// What is piped into curl, if that is known.
    pub input: Option<Vec<u8>>,
    /// Files.
    pub file: &'s mut Files<'f>,
}

impl Sources<'_, '_> {
    /// Adds what one data option gives.
    ///
    /// # Errors
    /// When a file cannot be read, or all is too long.
    pub fn add(
        &mut self,
        body: &mut Option<Vec<u8>>,
        kind: Data,
        value: &[u8],
    ) -> Result<(), CaptureError> {
        let piece = self.piece(kind, value)?;
        let body = body.get_or_insert_default();
        if !body.is_empty() && kind != Data::Json {
            body.push(b'&');
        }
        if body.len() + piece.len() > LONGEST {
            return Err(CaptureError::curl(
                format!("its body is longer than {LONGEST} bytes"),
                "give the body's file itself, with --format body",
            ));
        }
        body.extend_from_slice(&piece);
        Ok(())
    }

    fn piece(&mut self, kind: Data, value: &[u8]) -> Result<Vec<u8>, CaptureError> {
        let file = value.strip_prefix(b"@");
        match (kind, file) {
            (Data::Ascii, Some(name)) => {
                let mut content = self.read(name)?;
                content.retain(|b| !matches!(b, b'\r' | b'\n' | 0));
                Ok(content)
            }
            (Data::Binary | Data::Json, Some(name)) => self.read(name),
            (Data::UrlEncode, _) => self.url_encoded(value),
            _ => Ok(value.to_vec()),
        }
    }

    /// `content`, `=content`, `name=content`, `@file` or `name@file`; the name is sent as it is.
    fn url_encoded(&mut self, value: &[u8]) -> Result<Vec<u8>, CaptureError> {
        let find = |mark: u8| value.iter().position(|b| *b == mark);
        let Some(at) = find(b'=').or_else(|| find(b'@')) else {
            return Ok(url::form_encoded(value));
        };
        let (name, rest) = value.split_at_checked(at).unwrap_or((value, &[]));
        let content = match rest {
            [b'@', file @ ..] => self.read(file)?,
            _ => rest.get(1..).unwrap_or_default().to_vec(),
        };
        let mut piece = name.to_vec();
        if !name.is_empty() {
            piece.push(b'=');
        }
        piece.extend_from_slice(&url::form_encoded(&content));
        Ok(piece)
    }

    fn read(&mut self, name: &[u8]) -> Result<Vec<u8>, CaptureError> {
        if name == b"-" {
            return self.input.take().ok_or_else(|| {
                CaptureError::curl(
                    "the body comes from standard input, which is not in the capture",
                    "write the body into the command with --data-raw",
                )
            });
        }
        let content = match std::str::from_utf8(name) {
            Ok(path) => (self.file)(Path::new(path)),
            Err(_) => Err("its name is not UTF-8".to_owned()),
        };
        content.map_err(|why| {
            let what = format!("the file {}: {why}", shown(name));
            CaptureError::curl(what, "check the path")
        })
    }
}
