//! Masks secrets in output that is not the requested data: those in URLs, `?token=…` and `user:password@`, and a known
//! secret in bytes.

use std::borrow::Cow;

use crate::replace::replaced;

/// A shorter secret, such as `1`, occurs by chance: it is not looked for in what others wrote.
pub const MIN_SECRET: usize = 6;

/// What is shown instead of a secret.
pub const HIDDEN: &str = "[secret]";

/// A text with [`HIDDEN`] instead of a secret, which must not be empty.
pub fn without(text: &[u8], secret: &[u8]) -> Vec<u8> {
    replaced(text, secret, HIDDEN.as_bytes())
}

/// The same for several secrets.
pub fn without_all<'s>(text: &[u8], secrets: impl IntoIterator<Item = &'s [u8]>) -> Vec<u8> {
    let secrets = secrets.into_iter().filter(|secret| !secret.is_empty());
    secrets.fold(text.to_vec(), |text, secret| without(&text, secret))
}

/// Stands for the value of a parameter.
const MASK: &str = "***";
/// Stands for a user name and password.
const USER: &str = "…";

/// The names of parameters whose values are secrets, without hyphens and underscores.
const NAMES: [&str; 23] = [
    "auth",
    "authorization",
    "bearer",
    "code",
    "credential",
    "credentials",
    "hmac",
    "jwt",
    "key",
    "pass",
    "passwd",
    "passwort",
    "psk",
    "pwd",
    "saslsig",
    "session",
    "sessionid",
    "sid",
    "sig",
    "sign",
    "signature",
    "xamzcredential",
    "xamzsignature",
];
/// The same for the ends of such names.
const ENDS: [&str; 10] = [
    "accesskey",
    "apikey",
    "authkey",
    "password",
    "privatekey",
    "secret",
    "secretkey",
    "sharedkey",
    "subscriptionkey",
    "token",
];

/// A URL, or the path and query of one, without the secrets in it. It need not be valid.
pub fn url(text: &str) -> Cow<'_, str> {
    let without_user = without_user(text);
    match masked_query(&without_user) {
        Some(masked) => Cow::Owned(masked),
        None => without_user,
    }
}

/// A text that is not a URL, but was given as one: whatever stands before an `@` may be a password.
pub fn invalid_url(text: &str) -> String {
    let Some((before, after)) = text.rsplit_once('@') else {
        return url(text).into_owned();
    };
    let scheme = before.find("://").and_then(|at| before.get(..at + "://".len()));
    url(&format!("{}{USER}@{after}", scheme.unwrap_or_default())).into_owned()
}

/// Masks every URL in a text, and every `user:password@` without a scheme.
pub fn text(text: &str) -> Cow<'_, str> {
    if !text.contains("://") && !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(end) = rest.find(is_end) {
        let (word, after) = rest.split_at(end);
        out.push_str(&masked_word(word));
        let mark = after.chars().next().map_or(0, char::len_utf8);
        out.push_str(after.get(..mark).unwrap_or_default());
        rest = after.get(mark..).unwrap_or_default();
    }
    out.push_str(&masked_word(rest));
    Cow::Owned(out)
}

fn masked_word(word: &str) -> Cow<'_, str> {
    if word.contains("://") {
        return url(word);
    }
    match word.rsplit_once('@') {
        // Not a path or an option that contains a colon and an `@`.
        Some((before, after)) if before.matches([':', '/', '=']).next() == Some(":") => {
            Cow::Owned(format!("{USER}@{after}"))
        }
        _ => Cow::Borrowed(word),
    }
}

/// Masks what stands before an `@` in the authority.
fn without_user(text: &str) -> Cow<'_, str> {
    let Some(start) = text.find("://").map(|at| at + "://".len()) else {
        return Cow::Borrowed(text);
    };
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    match rest.get(..end).and_then(|authority| authority.rfind('@')) {
        Some(at) => {
            let scheme = text.get(..start).unwrap_or_default();
            let host = rest.get(at..).unwrap_or_default();
            Cow::Owned(format!("{scheme}{USER}{host}"))
        }
        None => Cow::Borrowed(text),
    }
}

/// Masks the values of secret parameters in the query and in the fragment; `None` when there is none.
fn masked_query(text: &str) -> Option<String> {
    let start = text.find(['?', '#'])? + 1;
    let (before, parameters) = text.split_at_checked(start)?;
    let mut out = before.to_owned();
    let mut is_masked = false;
    for parameter in parameters.split_inclusive(['&', ';', '#', '?']) {
        let end = parameter.trim_end_matches(['&', ';', '#', '?']).len();
        let (parameter, separator) = parameter.split_at_checked(end)?;
        match parameter.split_once('=') {
            Some((name, value)) if !value.is_empty() && is_secret(name) => {
                out.push_str(&format!("{name}={MASK}"));
                is_masked = true;
            }
            _ => out.push_str(parameter),
        }
        out.push_str(separator);
    }
    is_masked.then_some(out)
}

fn is_secret(name: &str) -> bool {
    let decoded = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let letters = decoded.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    NAMES.contains(&plain.as_str()) || ENDS.iter().any(|end| plain.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_a_url_are_masked() {
        for (given, expected) in [
            ("http://h/hook?token=abc", "http://h/hook?token=***"),
            ("http://h/?a=1&API_KEY=abc&b=2#c", "http://h/?a=1&API_KEY=***&b=2#c"),
            ("https://h/?access-token=a;sig=b", "https://h/?access-token=***;sig=***"),
            ("/hook?X-Amz-Signature=a&key=b", "/hook?X-Amz-Signature=***&key=***"),
            ("http://h/#access_token=a&state=s", "http://h/#access_token=***&state=s"),
            ("http://h/?to%6Ben=a&clientSecret=b", "http://h/?to%6Ben=***&clientSecret=***"),
            ("http://h/?next=http://i/?token=a", "http://h/?next=http://i/?token=***"),
            ("http://user:pass@h:1/a@b", "http://…@h:1/a@b"),
            ("https://u:p@ss@h", "https://…@h"),
            ("ftp://user@h/?password=%20", "ftp://…@h/?password=***"),
        ] {
            assert_eq!(url(given), expected);
            // Masked twice is masked once.
            assert_eq!(url(expected), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for plain in [
            "http://h/hook",
            "http://h/?a=b&c#d",
            "http://h/?token",
            "http://h/?token=",
            "http://h/?keyboard=a&monkey=b&tokens=3&design=x",
            "/a@b?c=d@e",
            "",
            "?",
            "://",
            "http://?",
        ] {
            assert_eq!(url(plain), plain);
        }
    }

    #[test]
    fn urls_in_a_text_are_masked() {
        let given =
            "cannot reach `http://h/?key=a` (http://u:p@h/), token=b\nsee 'https://x/?sig=c'";
        let expected =
            "cannot reach `http://h/?key=***` (http://…@h/), token=b\nsee 'https://x/?sig=***'";
        assert_eq!(text(given), expected);
        for plain in ["no URL: a?token=b", "me@h", "git@h:a/b", "/a:b@c/d", "--set=a:b@c", "a: b@c"]
        {
            assert_eq!(text(plain), plain);
        }
        assert_eq!(text("no event `user:p@ss@h/?key=a`"), "no event `…@h/?key=a`");
    }

    #[test]
    fn an_invalid_url_shows_nothing_before_its_host() {
        for (given, expected) in [
            ("user:pass@h/", "…@h/"),
            ("http://user:p/a'ss@h h/?key=a", "http://…@h h/?key=***"),
            ("http://h:99999/?key=a", "http://h:99999/?key=***"),
            ("h/a", "h/a"),
        ] {
            assert_eq!(invalid_url(given), expected);
        }
    }
}
