//! Writing a curl command: single quotes for what can be an argument, `printf` for what cannot; and what curl does by
//! itself, for everything that writes a command of it.

use crate::capture::url::{self, Url};
use crate::escape::is_dangerous;
use crate::webhook::delivery::Delivery;

/// The command that sends `delivery` to `url`, whatever its Host and Content-Length say: curl sets
/// those, so that the URL can be changed.
pub(crate) fn command(url: &str, delivery: &Delivery) -> Vec<u8> {
    let mut out = Vec::new();
    pipe(&delivery.body, &mut out);
    out.extend_from_slice(b"curl -X ");
    quote(delivery.method.as_bytes(), &mut out);
    write_url(url, &mut out);
    for (name, value) in delivery.headers.iter().filter(|(name, _)| !is_own(name)) {
        write_header(&header(name, value), &mut out);
    }
    suppress(delivery, true, &mut out);
    data(&delivery.body, &mut out);
    out.push(b'\n');
    out
}

/// The command that sends `delivery` again as it was received: to the same host, with the same
/// headers in the same order, as far as curl lets it.
///
/// curl writes Host first, under that name, and from the URL; the command gives it only where the
/// delivery's own stands elsewhere or differs: curl moves it all the same, but who reads the command
/// back gets the delivery that was. Content-Length is left out: curl writes the length of the body, also
/// after you have changed it.
pub fn exact(delivery: &Delivery) -> Vec<u8> {
    let is_chunked = delivery.headers.get("transfer-encoding").is_some();
    let has_data = !delivery.body.is_empty() || is_chunked;
    let origin = url::origin(delivery);
    let url = url::of(delivery);
    let mut out = Vec::new();
    pipe(&delivery.body, &mut out);
    out.extend_from_slice(b"curl ");
    match (delivery.method.as_str(), has_data) {
        // With -X, curl would wait for the body that a response to HEAD never has.
        ("HEAD", false) => out.extend_from_slice(b"-I"),
        (method, _) => {
            out.extend_from_slice(b"-X ");
            quote(method.as_bytes(), &mut out);
        }
    }
    if is_plain(&delivery.target, &url) {
        write_url(&url, &mut out);
    } else {
        write_url(&format!("{origin}/"), &mut out);
        out.extend_from_slice(b" \\\n  --request-target ");
        quote(delivery.target.as_bytes(), &mut out);
    }
    let has_one_host = delivery.headers.all("host").count() == 1;
    let host = Url::parse(&origin).map(|url| url.host).unwrap_or_default();
    for (index, (name, value)) in delivery.headers.iter().enumerate() {
        let is_added = index == 0 && has_one_host && name == "Host" && value == host.as_bytes();
        let is_length = name.eq_ignore_ascii_case("content-length");
        // Without a body, curl writes no length.
        let is_written = is_length && (!delivery.body.is_empty() || value != b"0");
        if !is_added && !is_written {
            write_header(&header(name, value), &mut out);
        }
    }
    if delivery.headers.get("host").is_none() {
        write_header(&no_header("Host"), &mut out);
    }
    suppress(delivery, has_data, &mut out);
    if has_data {
        data(&delivery.body, &mut out);
    }
    out.push(b'\n');
    out
}

/// Whether curl sends this target when it is given the URL.
fn is_plain(target: &str, url: &str) -> bool {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/?@!$&'()*+,;=%".contains(&b);
    // curl takes dots out of paths, newer versions also those that are encoded, and an empty query.
    let path = target.split('?').next().unwrap_or_default();
    let has_dots = path.split('/').any(|segment| {
        let dots = segment.to_ascii_lowercase().replace("%2e", ".");
        dots == "." || dots == ".."
    });
    target.starts_with('/')
        && target.bytes().all(is_safe)
        && !has_dots
        && !target.ends_with('?')
        && Url::parse(url).is_ok_and(|url| url.target == target)
}

fn write_url(url: &str, out: &mut Vec<u8>) {
    if globs(url) {
        out.extend_from_slice(b" --globoff");
    }
    out.push(b' ');
    quote(url.as_bytes(), out);
}

fn write_header(header: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b" \\\n  -H ");
    quote(header, out);
}

/// A name without a value takes away what curl would add by itself.
fn suppress(delivery: &Delivery, has_data: bool, out: &mut Vec<u8>) {
    for (name, is_added) in [
        ("User-Agent", true),
        ("Accept", true),
        ("Content-Type", has_data),
        ("Expect", asks_before(&delivery.body)),
    ] {
        if is_added && delivery.headers.get(name).is_none() {
            write_header(&no_header(name), out);
        }
    }
}

/// What stands before curl: a body that cannot be an argument.
pub(crate) fn pipe(body: &[u8], out: &mut Vec<u8>) {
    if !is_argument(body) {
        out.extend_from_slice(b"printf '");
        out.extend(body.iter().flat_map(|b| octal(*b)));
        out.extend_from_slice(b"' | ");
    }
}

/// The option that takes the body.
fn data(body: &[u8], out: &mut Vec<u8>) {
    if is_argument(body) {
        out.extend_from_slice(b" \\\n  --data-raw ");
        quote(body, out);
    } else {
        out.extend_from_slice(b" \\\n  --data-binary @-");
    }
}

/// Whether a body can be an argument: text that a terminal shows as it is, and not too long for one.
fn is_argument(body: &[u8]) -> bool {
    body.len() <= MAX_ARGUMENT
        && std::str::from_utf8(body).is_ok_and(|text| text.chars().all(is_shown))
}

/// Single quotes: nothing inside is special to a POSIX shell, and a quote is written outside of them. So is a backslash
/// that fish would take as an escape: one before another, before a quote, or at the end.
pub(crate) fn quote(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    let mut was_outside = false;
    for (index, &byte) in text.iter().enumerate() {
        let next = text.get(index + 1);
        let is_outside = match byte {
            b'\'' => true,
            b'\\' => was_outside || matches!(next, None | Some(b'\\' | b'\'')),
            _ => false,
        };
        match is_outside {
            true => out.extend_from_slice(&[b'\'', b'\\', byte, b'\'']),
            false => out.push(byte),
        }
        was_outside = is_outside && byte == b'\\';
    }
    out.push(b'\'');
}

/// A byte as POSIX `printf` reads it.
fn octal(byte: u8) -> Vec<u8> {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b' ' | b'{' | b'}' | b'"' | b':' | b',' => {
            vec![byte]
        }
        _ => format!("\\{byte:03o}").into_bytes(),
    }
}

/// The longest body that is an argument of a program.
pub(crate) const MAX_ARGUMENT: usize = 100 << 10;

/// Whether curl sets this header by itself, from the URL or from the body.
pub(crate) fn is_own(name: &str) -> bool {
    ["host", "content-length"].iter().any(|own| name.eq_ignore_ascii_case(own))
}

/// Whether some versions ask with `Expect` before they send this body.
pub(crate) fn asks_before(body: &[u8]) -> bool {
    body.len() > 1024
}

/// Whether curl makes several URLs of this one, unless `--globoff` says that it is meant as it stands.
pub(crate) fn globs(url: &str) -> bool {
    url.contains(['[', ']', '{', '}'])
}

/// A header as `-H` takes it. Without a value curl leaves it out, unless a semicolon says that it is meant.
pub(crate) fn header(name: &str, value: &[u8]) -> Vec<u8> {
    match value {
        [] => [name.as_bytes(), b";"].concat(),
        value => [name.as_bytes(), b": ", value].concat(),
    }
}

/// What `-H` takes to leave out a header that curl would add by itself.
pub(crate) fn no_header(name: &str) -> Vec<u8> {
    [name.as_bytes(), b":"].concat()
}

/// Whether a terminal shows this character of an argument as it is.
pub(crate) fn is_shown(c: char) -> bool {
    !is_dangerous(c) || matches!(c, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::capture::curl;

    fn only(command: &str) -> Delivery {
        let mut read =
            curl::read(command.as_bytes(), &mut |_, _| Err("no file".to_owned())).unwrap();
        assert_eq!(read.len(), 1, "{command}");
        read.remove(0).delivery
    }

    fn exact_text(delivery: &Delivery) -> String {
        String::from_utf8(exact(delivery)).unwrap()
    }

    #[test]
    fn a_command_says_only_what_curl_would_not() {
        let mut delivery = Delivery::post("/hook?a=b", Bytes::from_static(b"{\"it's\":1}"));
        for (name, value) in [
            ("Host", "localhost:3000"),
            ("X-A", "1"),
            ("User-Agent", "x"),
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("X-Empty", ""),
        ] {
            delivery.headers.push(name, value);
        }
        let command = "curl -X 'POST' 'http://localhost:3000/hook?a=b' \\
  -H 'X-A: 1' \\
  -H 'User-Agent: x' \\
  -H 'accept: */*' \\
  -H 'content-type: application/json' \\
  -H 'X-Empty;' \\
  --data-raw '{\"it'\\''s\":1}'
";
        assert_eq!(exact_text(&delivery), command);
        assert_eq!(only(command), delivery);
    }

    #[test]
    fn what_curl_would_add_is_suppressed_and_what_it_would_change_is_given() {
        let mut delivery = Delivery::post("/a/../[b]", vec![0xff; 2000].into());
        delivery.headers.push("content-length", "2000");
        delivery.headers.push("host", "h:80");
        let command = exact_text(&delivery);
        let (_, options) = command.split_once(" | ").unwrap();
        assert_eq!(
            options,
            "curl -X 'POST' 'http://h:80/' \\
  --request-target '/a/../[b]' \\
  -H 'host: h:80' \\
  -H 'User-Agent:' \\
  -H 'Accept:' \\
  -H 'Content-Type:' \\
  -H 'Expect:' \\
  --data-binary @-
"
        );
        delivery.headers.remove("content-length");
        assert_eq!(only(&command), delivery);
        let mut bare = Delivery::post("/", Bytes::new());
        bare.method = "HEAD".to_owned();
        let command = "curl -I 'http://localhost/' \\\n  -H 'Host:' \\\n  -H 'User-Agent:' \\\n  -H 'Accept:'\n";
        assert_eq!(exact_text(&bare), command);
        assert_eq!(only(command), bare);
    }
}
