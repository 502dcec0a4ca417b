//! The body of a request that was pasted or shown as text: editors add line ends and change them, and tools show JSON
//! with other white space. The Content-Length header tells which bytes were sent.

use crate::replace::replaced;
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::parse_body;
use crate::webhook::record::Loss;

use super::exported::minified;

/// The body that a text shows, without blank lines at its end, and what is lost of it.
///
/// # Errors
/// When no reading of the text has the length that the headers say, as a clause.
pub(super) fn body(text: &[u8], headers: &Headers) -> Result<(Vec<u8>, Option<Loss>), String> {
    let shown = without_blank_lines(text);
    let Some(length) = length(headers) else {
        let has_crlf = memchr::memmem::find(shown, b"\r\n").is_some();
        return Ok((shown.to_vec(), has_crlf.then_some(Loss::BodyLineEnds)));
    };
    if let (Some(body), Some(rest)) = (text.get(..length), text.get(length..))
        && rest.trim_ascii().is_empty()
    {
        return Ok((body.to_vec(), None));
    }
    let with_feeds = replaced(shown, b"\r\n", b"\n");
    let with_returns = replaced(&with_feeds, b"\n", b"\r\n");
    for other in [with_feeds, with_returns] {
        if other.len() == length {
            return Ok((other, Some(Loss::BodyLineEnds)));
        }
    }
    if let Some(json) = std::str::from_utf8(shown).ok().filter(|_| parse_body(shown).is_ok()) {
        let compact = minified(json);
        for other in [spaced(&compact), compact] {
            if other.len() == length {
                return Ok((other.into_bytes(), Some(Loss::BodyReserialized)));
            }
        }
    }
    Err(format!(
        "Content-Length says {length} bytes, and {} are there: it is cut off or was changed",
        shown.len()
    ))
}

/// The length that the headers give, if they give one.
fn length(headers: &Headers) -> Option<usize> {
    let value = headers.get("content-length").filter(|_| !headers.is_chunked())?;
    std::str::from_utf8(value.trim_ascii()).ok()?.parse().ok()
}

/// Without blank lines at the end; blanks of the last line stay.
pub(super) fn without_blank_lines(text: &[u8]) -> &[u8] {
    let kept = text.trim_ascii_end().len();
    let blanks = text.get(kept..).unwrap_or_default();
    match blanks.iter().position(|b| matches!(b, b'\r' | b'\n')) {
        Some(at) => text.get(..kept + at).unwrap_or(text),
        None => text,
    }
}

/// Compact JSON with a space after each colon and comma, as Python writes it.
pub(super) fn spaced(compact: &str) -> String {
    let mut out = String::with_capacity(compact.len() * 5 / 4);
    let (mut is_string, mut is_escaped) = (false, false);
    for c in compact.chars() {
        out.push(c);
        if is_string {
            is_string = c != '"' || is_escaped;
            is_escaped = c == '\\' && !is_escaped;
        } else {
            is_string = c == '"';
            if matches!(c, ',' | ':') {
                out.push(' ');
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_tells_which_bytes_were_sent() {
        let read = |text: &str, length: Option<usize>| {
            let mut headers = Headers::default();
            if let Some(length) = length {
                headers.push("Content-Length", length.to_string());
            }
            body(text.as_bytes(), &headers)
                .map(|(body, loss)| (String::from_utf8(body).unwrap(), loss))
        };
        let pretty = "{\n    \"a\": \"b,c\",\n    \"d\": [1]\n}\n";
        for (text, length, expected, loss) in [
            ("{}\n", None, "{}", None),
            ("a \n\n\r\n", None, "a ", None),
            ("a\r\nb", None, "a\r\nb", Some(Loss::BodyLineEnds)),
            ("{}\n", Some(3), "{}\n", None),
            ("{}\n", Some(2), "{}", None),
            ("a\nb\n", Some(4), "a\nb\n", None),
            ("a\nb", Some(4), "a\r\nb", Some(Loss::BodyLineEnds)),
            ("a\r\nb\r\n", Some(3), "a\nb", Some(Loss::BodyLineEnds)),
            (pretty, Some(21), "{\"a\":\"b,c\",\"d\":[1]}", Some(Loss::BodyReserialized)),
            (pretty, Some(24), "{\"a\": \"b,c\", \"d\": [1]}", Some(Loss::BodyReserialized)),
        ] {
            let length = length.map(|n| if n > 20 { expected.len() } else { n });
            assert_eq!(read(text, length), Ok((expected.to_owned(), loss)), "{text}");
        }
        assert!(read("{}", Some(3)).unwrap_err().contains("says 3 bytes, and 2 are there"));
        assert!(read("{}xyz", Some(2)).is_err());
    }
}
