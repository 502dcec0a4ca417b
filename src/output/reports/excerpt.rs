//! The beginning of a response, for people: a page in HTML is reduced to its text, and a known page is named.

use crate::conformance::known_page;
use crate::escape::clipped;
use crate::http::Response;

/// At most this much of a page is read, in bytes.
const MAX_PAGE: usize = 16 << 10;

/// The body in at most `max` characters, escaped.
pub fn excerpt(response: &Response, max: usize) -> String {
    let named = known_page(response).map(|page| format!("({}) ", page.name)).unwrap_or_default();
    let body = match is_html(response) {
        true => clipped(text_of(&response.body).as_bytes(), max),
        false => clipped(&response.body, max),
    };
    format!("{named}{body}").trim_end().to_owned()
}

fn is_html(response: &Response) -> bool {
    let kind = response.headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    let start = response.body.trim_ascii_start().get(..14).unwrap_or_default();
    kind.starts_with(b"text/html")
        || start.eq_ignore_ascii_case(b"<!doctype html")
        || start.get(..5).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<html"))
}

/// The text of a page: without tags, scripts and styles, and with single spaces.
fn text_of(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page.get(..MAX_PAGE).unwrap_or(page));
    let mut words = String::new();
    let mut rest = &*page;
    while let Some((text, tag)) = rest.split_once('<') {
        words.push_str(text);
        words.push(' ');
        let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        let end = match name.as_str() {
            "script" | "style" => format!("</{name}"),
            _ if tag.starts_with("!--") => "-->".to_owned(),
            _ => ">".to_owned(),
        };
        let after = find_ignoring_case(tag, &end).and_then(|at| tag.get(at + end.len()..));
        rest = after.unwrap_or_default();
        if end.starts_with("</") {
            rest = rest.split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    words.push_str(rest);
    for (entity, text) in [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ] {
        words = words.replace(entity, text);
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn find_ignoring_case(text: &str, what: &str) -> Option<usize> {
    let windows = text.as_bytes().windows(what.len());
    windows.enumerate().find(|(_, w)| w.eq_ignore_ascii_case(what.as_bytes())).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_reduced_to_its_text() {
        for (page, text) in [
            (
                "<!DOCTYPE html>\n<html><head><title>Error</title><STYLE>a > b{}</style></head>\
                 <body>\n<pre>SyntaxError: x<br> &nbsp; &nbsp;at &lt;anonymous&gt;</pre></body>",
                "Error SyntaxError: x at <anonymous>",
            ),
            ("<script>if (a < b) alert(1)</script >x<!-- > --> y", "x y"),
            ("a < b", "a"),
            ("<", ""),
            ("<script>never closed", ""),
            ("é<ü>ß", "é ß"),
        ] {
            assert_eq!(text_of(page.as_bytes()), text);
        }
        // No more than the beginning is read.
        assert_eq!(text_of("<script>".repeat(1 << 20).as_bytes()), "");
        assert_eq!(text_of("<!--".repeat(1 << 20).as_bytes()), "");
    }
}
