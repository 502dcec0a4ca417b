//! Files of requests for the HTTP clients of editors (`.http`, `.rest`): requests between lines of `###`, comments, and
//! bodies in files that `<` names. Variables that the file defines once are replaced; a request that uses another one
//! is an error.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::webhook::payload::json::without_bom;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::error::{CaptureError, excerpt};
use super::exported::ExportedRequest;
use super::files::{FileReader, Files};
use super::pasted::without_blank_lines;
use super::template::Variables;

const HINT: &str = "write the value in its place, or run the request against cz-hook listen --json and read what that prints";
const METHODS: &[&str] =
    &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"];

/// Whether a text is such a file: its first line that says something is a request line with a URL, or separators stand
/// around requests.
pub(super) fn is_file(text: &[u8]) -> bool {
    let mut lines = lines(text).map(|(line, _)| line.trim_ascii());
    let Some(first) =
        lines.find(|line| !line.is_empty() && !is_comment(line) && !is_definition(line))
    else {
        return false;
    };
    let has_separator =
        || text.starts_with(b"###") || memchr::memmem::find(text, b"\n###").is_some();
    match request_line(first) {
        // A URL in the request line is what proxies get, too.
        Some((_, url, is_versioned)) if !url.starts_with('/') => !is_versioned || has_separator(),
        Some((_, _, is_versioned)) => {
            has_separator() && (!is_versioned || text.starts_with(b"###"))
        }
        None => false,
    }
}

/// Reads the requests of a file.
///
/// # Errors
/// For a request that uses a variable, a script or an unknown file; it is named by its number.
pub(super) fn read(
    max: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let mut files = FileReader { file, bytes_left: max };
    let mut all = Vec::new();
    let filled = filled(without_bom(bytes))
        .map_err(|why| CaptureError::new(format!("the HTTP file cannot be read: {why}"), HINT))?;
    for block in blocks(&filled) {
        let number = all.len() as u64 + 1;
        let failed = |why: String| {
            CaptureError::new(
                format!("request {number} of the HTTP file cannot be read: {why}"),
                HINT,
            )
        };
        if let Some(request) = request(block, &mut files).map_err(failed)? {
            all.push(request.into_record(number).map_err(failed)?);
        }
    }
    match all.is_empty() {
        true => Err(CaptureError::new("there is no request in the HTTP file".to_owned(), HINT)),
        false => Ok(all),
    }
}

/// The lines, each without its end, and what follows it.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..end).unwrap_or_default();
        rest = rest.get(end + 1..).unwrap_or_default();
        Some((line.strip_suffix(b"\r").unwrap_or(line), rest))
    })
}

fn blocks(text: &[u8]) -> Vec<&[u8]> {
    let mut blocks = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for (line, rest) in lines(text) {
        let next = text.len() - rest.len();
        if line.starts_with(b"###") {
            blocks.extend(text.get(start..at));
            start = next;
        }
        at = next;
    }
    blocks.extend(text.get(start..));
    blocks
}

fn is_comment(line: &[u8]) -> bool {
    line.starts_with(b"#") || line.starts_with(b"//")
}

/// `@name = value`
fn is_definition(line: &[u8]) -> bool {
    line.starts_with(b"@") && line.contains(&b'=')
}

/// The text with the values of the variables that it defines once. Clients do not agree on which definition of several
/// counts.
fn filled(text: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    let mut values: HashMap<String, Option<String>> = HashMap::new();
    for (line, _) in lines(text).filter(|(line, _)| is_definition(line)) {
        let line = String::from_utf8_lossy(line.get(1..).unwrap_or_default());
        let (name, value) = line.split_once('=').unwrap_or_default();
        let value = Some(value.trim()).filter(|value| !value.contains("{{"));
        values
            .entry(name.trim().to_owned())
            .and_modify(|known| *known = None)
            .or_insert(value.map(str::to_owned));
    }
    let once = values.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let variables = Variables::new(once);
    match std::str::from_utf8(text) {
        Ok(text) if text.contains("{{") => {
            variables.fill(text).map(|text| Cow::Owned(text.into_bytes()))
        }
        _ => Ok(Cow::Borrowed(text)),
    }
}

/// The method, the URL, and whether a version follows. The method may be missing.
fn request_line(line: &[u8]) -> Option<(&str, &str, bool)> {
    let line = std::str::from_utf8(line).ok()?.trim();
    let (url, is_versioned) = match line.rsplit_once(' ') {
        Some((url, version)) if version.starts_with("HTTP/") => (url.trim(), true),
        _ => (line, false),
    };
    let (method, url) = match url.split_once([' ', '\t']) {
        Some((method, url)) if METHODS.contains(&method) => (method, url.trim()),
        _ => ("GET", url),
    };
    let is_url =
        url.starts_with('/') || url.starts_with("{{") || url.contains("://") || is_host(url);
    let is_method_given = url.len() < line.len();
    let is_whole = (url.starts_with("http://") || url.starts_with("https://"))
        && !url.contains([' ', '"', '<', '{', ',']);
    ((is_url && is_method_given) || is_whole).then_some((method, url, is_versioned))
}

/// `localhost:3000/hook`
fn is_host(url: &str) -> bool {
    let host = url.split('/').next().unwrap_or_default();
    host.contains(['.', ':'])
        && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-_".contains(&b))
}

fn request(
    block: &[u8],
    files: &mut FileReader<'_, '_>,
) -> Result<Option<ExportedRequest>, String> {
    let mut all = lines(block).peekable();
    while all
        .next_if(|(line, _)| {
            let line = line.trim_ascii();
            line.is_empty() || is_comment(line) || is_definition(line)
        })
        .is_some()
    {}
    let Some((first, mut rest)) = all.next() else {
        return Ok(None);
    };
    // A response that was saved with its request.
    if first.starts_with(b"HTTP/") {
        return Ok(None);
    }
    if first.starts_with(b"<") {
        return Err("a script runs before it".to_owned());
    }
    let mut line = first.trim_ascii().to_vec();
    // The query goes on in the next lines.
    while let Some((more, after)) = all.next_if(|(line, _)| is_continued(line)) {
        line.extend_from_slice(more.trim_ascii());
        rest = after;
    }
    no_variables(&line)?;
    let no_request = || format!("`{}` is no request line", excerpt(&line));
    let (method, url, _) = request_line(&line).ok_or_else(no_request)?;
    let mut request = ExportedRequest {
        method: Some(method.to_owned()),
        url: Some(url.to_owned()),
        ..ExportedRequest::default()
    };
    for (line, after) in all.by_ref() {
        rest = after;
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        if is_comment(line) {
            continue;
        }
        no_variables(line)?;
        let colon = memchr::memchr(b':', line)
            .ok_or_else(|| format!("`{}` is no header", excerpt(line)))?;
        let (name, value) = line.split_at_checked(colon).unwrap_or((line, &[]));
        let name = std::str::from_utf8(name)
            .map_err(|_| "the name of a header is not UTF-8".to_owned())?;
        request.header(name.trim(), value.get(1..).unwrap_or_default().trim_ascii());
    }
    body(rest, &mut request, files)?;
    // The clients write it themselves.
    let length = request.body.len().to_string();
    if request.headers.get("content-length").is_some_and(|value| value != length.as_bytes()) {
        request.headers.remove("content-length");
    }
    Ok(Some(request))
}

fn is_continued(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    matches!(text.first(), Some(b'?' | b'&'))
        || (text.len() < line.len() && matches!(text.first(), Some(b'/')))
}

fn no_variables(text: &[u8]) -> Result<(), String> {
    let Some(start) = memchr::memmem::find(text, b"{{") else { return Ok(()) };
    let rest = text.get(start..).unwrap_or_default();
    let Some(end) = memchr::memmem::find(rest, b"}}") else { return Ok(()) };
    let name = rest.get(2..end).unwrap_or_default().trim_ascii();
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_$-. %'\":/".contains(b);
    match !name.is_empty() && name.iter().all(is_name) {
        true => Err(format!("it uses the variable `{}`", excerpt(name))),
        false => Ok(()),
    }
}

/// Adds the body: text up to a response handler, or files that it names.
fn body(
    text: &[u8],
    request: &mut ExportedRequest,
    files: &mut FileReader<'_, '_>,
) -> Result<(), String> {
    let is_handler = |line: &[u8]| {
        [&b"> "[..], b">> ", b">>! ", b"<> ", b"> {%", b">{%"]
            .iter()
            .any(|mark| line.starts_with(mark))
    };
    let mut end = 0;
    let mut names = Vec::new();
    let mut has_text = false;
    for (line, rest) in lines(text) {
        if is_handler(line) {
            break;
        }
        if is_comment(line) {
            return Err(format!(
                "the line `{}` of its body looks like a comment, which some clients leave out",
                excerpt(line)
            ));
        }
        match file_name(line) {
            Some(name) => names.push(name),
            None => has_text |= !line.trim_ascii().is_empty(),
        }
        end = text.len() - rest.len();
    }
    let shown = without_blank_lines(text.get(..end).unwrap_or_default());
    let shown = if shown.trim_ascii().is_empty() { &[] } else { shown };
    match names.as_slice() {
        [] => {
            no_variables(shown)?;
            if memchr::memmem::find(shown, b"\r\n").is_some()
                || is_multipart(request) && shown.contains(&b'\n')
            {
                request.lose(Loss::BodyLineEnds);
            }
            request.body = shown.to_vec();
        }
        [(name, has_variables)] if !has_text => {
            request.body = files.read(name).map_err(String::from)?;
            if *has_variables {
                no_variables(&request.body)?;
            }
        }
        _ => {
            return Err(
                "its body is made of files and text, and clients join them differently".to_owned()
            );
        }
    }
    Ok(())
}

fn is_multipart(request: &ExportedRequest) -> bool {
    let kind = request.headers.get("content-type").unwrap_or_default();
    kind.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/"))
}

/// The file of `< ./name` or `<@ ./name`, and whether variables in it are replaced.
fn file_name(line: &[u8]) -> Option<(&[u8], bool)> {
    let rest = line.strip_prefix(b"<")?;
    let (rest, has_variables) = match rest.strip_prefix(b"@") {
        Some(rest) => {
            let encoding = rest.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
            (rest.get(encoding..)?, true)
        }
        None => (rest, false),
    };
    let name = rest.trim_ascii();
    // Otherwise it is markup.
    (rest.starts_with(b" ") && !name.is_empty() && !name.contains(&b'>'))
        .then_some((name, has_variables))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;
    use std::path::Path;

    fn try_read(text: &str) -> Result<Vec<DeliveryRecord>, CaptureError> {
        read(1000, text.as_bytes(), &mut |path: &Path, _| match path.to_str() {
            Some("./f.json") => Ok(b"{\n}\n".to_vec()),
            _ => Err("no such file".to_owned()),
        })
    }

    fn parts(text: &str) -> Vec<String> {
        let all = try_read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let part = |record: DeliveryRecord| {
            let delivery = record.delivery;
            let headers: Vec<_> = delivery
                .headers
                .iter()
                .map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v)))
                .collect();
            let losses: Vec<_> = record.losses.iter().map(|loss| loss.code()).collect();
            let body = String::from_utf8_lossy(&delivery.body).into_owned();
            format!(
                "{} {} {} {body}{}",
                delivery.method,
                delivery.target,
                headers.join("|"),
                losses.join(",")
            )
        };
        all.into_iter().map(part).collect()
    }

    #[test]
    fn requests_between_separators_are_read() {
        let file = "@host = h\n\n### first\n# @name one\n// a comment\nPOST http://h:1/hook\n    ?a=b\n    &c=d HTTP/1.1\nX-Sig: s\nContent-Type: application/json\n\n{\n  \"a\": 1\n}\n\n\n> {%\n client.test();\n%}\n\n###\nhttps://h/x\n###\nPOST /y HTTP/1.1\nHost: z\nContent-Length: 99\n\n< ./f.json\n\n### empty\n";
        assert_eq!(
            parts(file),
            [
                "POST /hook?a=b&c=d Host: h:1|X-Sig: s|Content-Type: application/json {\n  \"a\": 1\n}",
                "GET /x Host: h ",
                "POST /y Host: z {\n}\n",
            ]
        );
        for text in [
            file,
            "POST http://h/\n\n{}",
            "# c\nPOST localhost:3000/x\nA: b\n\n{}",
            "POST {{url}}/x\n\n{}",
        ] {
            assert_eq!(
                detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause),
                Ok("http-file"),
                "{text}"
            );
        }
        assert_eq!(
            parts("POST http://h/\r\n\r\na\r\nb\r\n"),
            ["POST / Host: h a\r\nbbody.line_ends"]
        );
    }

    #[test]
    fn other_texts_are_no_http_files() {
        for text in [
            "POST /a HTTP/1.1\nHost: h\n\n### a title\n",
            "POST http://h/ HTTP/1.1\nHost: h\n\n{}",
            "# a title\n\nhttps://example.com is a site\n",
            "{\"a\":\"http://h\"}",
            "a=b",
            "fetch('http://h')",
            "url=http://example.com/x&a=1",
        ] {
            assert!(!is_file(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn what_only_a_client_knows_is_named() {
        for (text, why) in [
            ("POST {{host}}/x\n\n{}", "it uses the variable `host`"),
            ("POST http://h\nA: {{$guid}}\n\n{}", "variable `$guid`"),
            ("POST http://h\n\n{\"a\":\"{{b}}\"}", "variable `b`"),
            ("POST http://h\n\n< ./g\n", "the file ./g: no such file"),
            ("POST http://h\n\n< ./f.json\ntext\n", "files and text"),
            ("POST http://h\n\na\n# b\n", "`# b` of its body looks like a comment"),
            ("< {% x %}\nPOST http://h\n", "a script"),
            ("POST http://h\nnothing\n\n", "`nothing` is no header"),
            ("### \n###\n", "no request in"),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
        // Braces of JSON are no variable.
        assert_eq!(
            parts("POST http://h\n\n{\"a\":{\"b\":{}}}"),
            ["POST / Host: h {\"a\":{\"b\":{}}}"]
        );
    }

    #[test]
    fn variables_that_are_defined_once_are_replaced() {
        assert_eq!(
            parts(
                "@host = example.com\n@id=7\n\nPOST http://{{host}}/{{ id }}\n\n{\"a\":\"{{id}}\"}"
            ),
            ["POST /7 Host: example.com {\"a\":\"7\"}"]
        );
        for (text, name) in [
            ("@a=1\n@a=2\nPOST http://h/{{a}}\n", "a"),
            ("@b=2\n@a={{b}}\nPOST http://h/{{a}}\n", "a"),
            ("@b=2\nPOST http://h/{{a}}\n", "a"),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.contains(&format!("it uses the variable `{name}`")), "{text}: {error}");
        }
    }
}
