//! What a secret may have become on its way from a dashboard to an HMAC: loaded from a file with its quotes or its
//! newline, cut off, expanded, decoded, encoded or hashed. Each reading is one mistake; `key` combines them.

use data_encoding::{
    BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER,
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};

use crate::replace::replaced;
use crate::webhook::signature::mac::Hash;

use super::cause::{COMMON, Cause, RARE, UNLIKELY};
use super::form::unform;

/// One way to read a secret.
pub struct Reading {
    pub bytes: Vec<u8>,
    pub cause: Cause,
    /// The formula; `…` is that of the secret.
    pub formula: String,
}

/// The longest secret into which characters are put at every place.
const MAX_INSERTED: usize = 64;

/// Names that variables with a webhook's secret often have.
const NAMES: &[&str] = &[
    "WEBHOOK_SECRET",
    "SECRET",
    "SIGNING_SECRET",
    "WEBHOOK_SIGNING_SECRET",
    "SECRET_KEY",
    "API_SECRET",
    "HMAC_SECRET",
    "WEBHOOK_KEY",
    "KEY",
];

/// Characters that are not seen: the name, and the character in UTF-8.
const INVISIBLE: &[(&str, &str)] = &[
    ("a no-break space", "\u{a0}"),
    ("a zero-width space", "\u{200b}"),
    ("a byte order mark", "\u{feff}"),
    ("a word joiner", "\u{2060}"),
    ("a zero-width joiner", "\u{200d}"),
    ("a zero-width non-joiner", "\u{200c}"),
    ("a soft hyphen", "\u{ad}"),
];

/// Every reading of a secret that differs from it, likeliest first. `names` are the names of variables that may hold
/// it, in addition to the usual ones.
pub fn readings(secret: &[u8], names: &[String]) -> Vec<Reading> {
    let mut all = Readings { secret, max: UNLIKELY, all: Vec::new() };
    all.inserted();
    let inserted = std::mem::take(&mut all.all);
    let mut all = second_readings(secret, names, UNLIKELY);
    all.extend(inserted);
    all
}

/// The readings of what is a reading already, up to a weight.
pub fn second_readings(secret: &[u8], names: &[String], max: usize) -> Vec<Reading> {
    let mut all = Readings { secret, max, all: Vec::new() };
    all.ends();
    all.quotes();
    all.prefixes();
    all.decoded();
    all.encoded();
    all.env_file();
    all.line(names);
    all.invisible();
    all.case();
    all.url();
    all.all
}

struct Readings<'s> {
    secret: &'s [u8],
    /// The most that a reading may weigh.
    max: usize,
    all: Vec<Reading>,
}

impl Readings<'_> {
    fn add(&mut self, bytes: Vec<u8>, cause: Cause, formula: impl Into<String>) {
        if bytes != self.secret && cause.weight <= self.max {
            self.all.push(Reading { bytes, cause, formula: formula.into() });
        }
    }

    /// The secret between two texts, and without them where it has them.
    fn between(
        &mut self,
        before: &str,
        after: &str,
        code: &'static str,
        says: &str,
        weight: usize,
    ) {
        let cause = |says: String| Cause::with(code, says).weighing(weight);
        let with = [before.as_bytes(), self.secret, after.as_bytes()].concat();
        let mut formula = "…".to_owned();
        if !before.is_empty() {
            formula = format!("\"{}\" + {formula}", escaped(before));
        }
        if !after.is_empty() {
            formula = format!("{formula} + \"{}\"", escaped(after));
        }
        self.add(with, cause(format!("with {says}")), formula);
        let rest = self.secret.strip_prefix(before.as_bytes());
        if let Some(inner) = rest.and_then(|rest| rest.strip_suffix(after.as_bytes())) {
            let cause = Cause::with(code, format!("without {says}"));
            self.add(inner.to_vec(), cause, "strip(…)");
        }
    }

    /// White space at the ends.
    fn ends(&mut self) {
        const NEWLINE: &str = "secret.trailing_newline";
        const SPACE: &str = "secret.surrounding_space";
        let secret = self.secret;
        if let Some(bare) = secret.strip_suffix(b"\n") {
            let bare = bare.strip_suffix(b"\r").unwrap_or(bare).to_vec();
            self.add(bare, Cause::with(NEWLINE, "without its final newline"), "chomp(…)");
        }
        for end in ["\n", "\r\n"] {
            let ended = [secret, end.as_bytes()].concat();
            let formula = format!("… + \"{}\"", escaped(end));
            self.add(ended, Cause::with(NEWLINE, "with a newline at its end"), formula);
        }
        let cause = Cause::with(SPACE, "without the white space around it");
        self.add(secret.trim_ascii().to_vec(), cause, "trim(…)");
        for (before, after, says, weight) in [
            ("", " ", "a space at its end", COMMON),
            (" ", "", "a space before it", COMMON),
            (" ", " ", "a space on both sides", RARE),
            ("", "\t", "a tab at its end", RARE),
            ("", "\r", "a carriage return at its end", RARE),
        ] {
            self.between(before, after, SPACE, says, weight);
        }
    }

    fn quotes(&mut self) {
        for (quotes, weight) in [
            (["\"", "\""], COMMON),
            (["'", "'"], COMMON),
            (["`", "`"], RARE),
            (["\u{201c}", "\u{201d}"], RARE),
            (["<", ">"], RARE),
        ] {
            let [before, after] = quotes;
            let says = match before == after {
                true => format!("{before} on both sides"),
                false => format!("{before} and {after} around it"),
            };
            self.between(before, after, "secret.quoted", &says, weight);
        }
    }

    fn prefixes(&mut self) {
        const CODE: &str = "secret.prefix_stripped";
        for (prefix, rest) in unprefixed(self.secret) {
            self.add(rest.to_vec(), Cause::with(CODE, without(prefix)), "strip_prefix(…)");
        }
        for (prefix, weight) in [("whsec_", COMMON), ("v1,", RARE), ("v1,whsec_", RARE)] {
            let prefixed = [prefix.as_bytes(), self.secret].concat();
            let cause = Cause::with(CODE, format!("with the prefix `{prefix}` before it"));
            self.add(prefixed, cause.weighing(weight), format!("\"{prefix}\" + …"));
        }
    }

    fn decoded(&mut self) {
        const BASE: &str = "secret.base64_decoded";
        let text = self.secret.trim_ascii();
        for (codec, code, function) in [
            (&HEXLOWER_PERMISSIVE, "secret.hex_decoded", "unhex"),
            (&BASE64, BASE, "unbase64"),
            (&BASE64_NOPAD, BASE, "unbase64"),
            (&BASE64URL, BASE, "unbase64"),
            (&BASE64URL_NOPAD, BASE, "unbase64"),
        ] {
            let decoded = codec.decode(text).ok().filter(|decoded| !decoded.is_empty());
            if let Some(decoded) = decoded {
                let detail = if code == BASE { "the secret" } else { "" };
                self.add(decoded, Cause::with(code, detail), format!("{function}(…)"));
            }
        }
        // Node's decoder takes both alphabets, others pass over what is not in theirs, and all cut what is left.
        for (is_taken, mapped) in [(is_base64url as fn(&u8) -> bool, true), (is_base64, false)] {
            let taken = text.iter().take_while(|b| **b != b'=').filter(|b| is_taken(b));
            let taken: Vec<u8> = taken.map(|b| if mapped { standard(*b) } else { *b }).collect();
            if let Some(decoded) = lenient(&taken).filter(|decoded| !decoded.is_empty()) {
                let says = "the whole secret, with characters that are not base64,";
                let cause = Cause::with(BASE, says).weighing(RARE);
                self.add(decoded, cause, "unbase64_lenient(…)");
            }
        }
    }

    fn encoded(&mut self) {
        const BASE: &str = "secret.base64_encoded";
        const HASHED: &str = "secret.hashed";
        let secret = self.secret;
        let sha256 = Hash::Sha256.digest(&[secret]);
        let upper = HEXUPPER.encode(&sha256);
        for (text, code, says, formula, weight) in [
            (BASE64.encode(secret), BASE, "", "base64(…)", COMMON),
            (BASE64_NOPAD.encode(secret), BASE, "", "base64_unpadded(…)", RARE),
            (BASE64URL.encode(secret), BASE, "", "base64url(…)", RARE),
            (BASE64URL_NOPAD.encode(secret), BASE, "", "base64url_unpadded(…)", RARE),
            (BASE64.encode(&[secret, b"\n"].concat()), BASE, "", "base64(… + \"\\n\")", RARE),
            (HEXLOWER.encode(secret), "secret.hex_encoded", "", "hex(…)", RARE),
            (HEXUPPER.encode(secret), "secret.hex_encoded", "", "HEX(…)", UNLIKELY),
            (HEXLOWER.encode(&sha256), HASHED, "the hexadecimal SHA-256", "hex(SHA256(…))", COMMON),
            (upper, HASHED, "the hexadecimal SHA-256", "HEX(SHA256(…))", UNLIKELY),
            (BASE64.encode(&sha256), HASHED, "the base64 SHA-256", "base64(SHA256(…))", RARE),
        ] {
            self.add(text.into_bytes(), Cause::with(code, says).weighing(weight), formula);
        }
        if self.max < RARE {
            return;
        }
        for hash in [Hash::Sha1, Hash::Md5, Hash::Sha512] {
            let text = HEXLOWER.encode(&hash.digest(&[secret])).into_bytes();
            let says = format!("the hexadecimal {}", hash.title());
            let formula = format!("hex({}(…))", hash.name());
            self.add(text, Cause::with(HASHED, says).weighing(RARE), formula);
        }
        let cause = Cause::with(HASHED, "the SHA-256").weighing(RARE);
        self.add(sha256, cause, "SHA256(…)");
    }

    /// What readers of `.env` files and shells make of `$`, `#` and backslashes.
    fn env_file(&mut self) {
        const EXPANDED: &str = "secret.expanded";
        const CUT: &str = "secret.cut_off";
        const ESCAPED: &str = "secret.escaped";
        let secret = self.secret;
        for names in
            [VariableName::Word, VariableName::Shell, VariableName::Any, VariableName::Braces]
        {
            for is_pair_one in [true, false] {
                let says = "with `$` and the word after it replaced, as a variable is";
                self.add(
                    expanded(secret, names, is_pair_one),
                    Cause::with(EXPANDED, says),
                    "expand(…)",
                );
            }
        }
        let says = "with `$` instead of `$$`";
        self.add(replaced(secret, b"$$", b"$"), Cause::with(EXPANDED, says), "expand(…)");
        let says = "with `$$` instead of `$`";
        let cause = Cause::with(EXPANDED, says).weighing(RARE);
        self.add(replaced(secret, b"$", b"$$"), cause, "double_dollars(…)");
        for (mark, weight) in [
            (" #", COMMON),
            ("#", COMMON),
            ("$", COMMON),
            ("=", RARE),
            (" ", RARE),
            (";", RARE),
            ("&", RARE),
            ("\"", RARE),
            ("'", RARE),
            (",", RARE),
            (":", RARE),
            ("\n", RARE),
        ] {
            if let Some(at) = memchr::memmem::find(secret, mark.as_bytes()).filter(|at| *at > 0) {
                let says =
                    format!("only up to its first `{}`", escaped(mark.trim_start_matches(' ')));
                let says = if mark == " " { "only up to its first space".to_owned() } else { says };
                let cut = secret.get(..at).unwrap_or_default().to_vec();
                self.add(cut, Cause::with(CUT, says).weighing(weight), "cut(…)");
            }
        }
        for (from, to, says, weight) in [
            (r"\$", "$", r"with `$` instead of `\$`", COMMON),
            ("$", r"\$", r"with `\$` instead of `$`", COMMON),
            (r"\n", "\n", r"with a newline instead of `\n`", COMMON),
            ("\n", r"\n", r"with `\n` instead of a newline", COMMON),
            (r"\\", r"\", r"with `\` instead of `\\`", COMMON),
            (r"\", r"\\", r"with `\\` instead of `\`", COMMON),
            (r"\", "", "without its backslashes", COMMON),
            ("\"", "\\\"", "with a backslash before each quote", RARE),
            ("#", r"\#", r"with `\#` instead of `#`", RARE),
            ("%", "%%", "with `%%` instead of `%`", RARE),
            ("%%", "%", "with `%` instead of `%%`", RARE),
        ] {
            let made = replaced(secret, from.as_bytes(), to.as_bytes());
            self.add(made, Cause::with(ESCAPED, says).weighing(weight), "escape(…)");
        }
        for (literal, says) in [
            (r"\n", r"`\n`, a backslash and an n, at its end"),
            (r"\r\n", r"`\r\n`, as four characters, at its end"),
        ] {
            self.between("", literal, ESCAPED, says, RARE);
        }
    }

    /// The whole line of an environment file.
    fn line(&mut self, names: &[String]) {
        const CODE: &str = "secret.whole_line";
        let secret = self.secret;
        let bare = secret.strip_prefix(b"export ").unwrap_or(secret);
        if let Some(at) = memchr::memchr(b'=', bare)
            && let Some((name, value)) = bare.split_at_checked(at)
            && !name.is_empty()
            && name.trim_ascii_end().iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_')
            && let Some(value) = value.get(1..).filter(|value| value.iter().any(|b| *b != b'='))
        {
            let cause = Cause::with(CODE, "without the name and the `=` before it");
            self.add(value.trim_ascii().to_vec(), cause, "value_of_line(…)");
        }
        if self.max < RARE {
            return;
        }
        let cause = |says: String| Cause::with(CODE, says).weighing(RARE);
        self.add([b"=", secret].concat(), cause("with `=` before it".to_owned()), "\"=\" + …");
        for name in names.iter().map(String::as_str).chain(NAMES.iter().copied()) {
            let says = format!("with `{name}=` before it");
            let line = [name.as_bytes(), b"=", secret].concat();
            self.add(line, cause(says), format!("\"{name}=\" + …"));
            let line = [name.as_bytes(), b"=\"", secret, b"\""].concat();
            let says = format!("with `{name}=` before it and in quotes");
            self.add(line, cause(says), format!("\"{name}=\" + quote(…)"));
        }
    }

    fn invisible(&mut self) {
        const CODE: &str = "secret.invisible";
        let secret = self.secret;
        let mut bare = secret.to_vec();
        for (_, character) in INVISIBLE {
            bare = replaced(&bare, character.as_bytes(), b"");
        }
        let cause = Cause::with(CODE, "without the invisible characters in it");
        self.add(bare, cause, "visible(…)");
        let spaced = replaced(secret, "\u{a0}".as_bytes(), b" ");
        let cause = Cause::with(CODE, "with a space instead of a no-break space");
        self.add(spaced, cause, "visible(…)");
        let unbroken = replaced(secret, b" ", "\u{a0}".as_bytes());
        let cause = Cause::with(CODE, "with a no-break space instead of a space");
        self.add(unbroken, cause.weighing(RARE), "unbroken(…)");
        for (name, character) in INVISIBLE {
            self.between(character, "", CODE, &format!("{name} before it"), RARE);
            self.between("", character, CODE, &format!("{name} at its end"), RARE);
        }
        // The byte as Latin-1 and Windows have it.
        let says = "with the byte A0, a no-break space in Latin-1, at its end";
        let cause = Cause::with(CODE, says).weighing(UNLIKELY);
        self.add([secret, b"\xa0"].concat(), cause, r#"… + "\xa0""#);
    }

    /// Characters that are not seen, at every place within.
    fn inserted(&mut self) {
        const CODE: &str = "secret.invisible";
        let secret = self.secret;
        if secret.len() > MAX_INSERTED {
            return;
        }
        for (name, character) in INVISIBLE.get(..3).unwrap_or_default() {
            for at in 1..secret.len() {
                let (before, after) = secret.split_at(at);
                let says = format!("with {name} after its first {at} bytes");
                let cause = Cause::with(CODE, says).weighing(UNLIKELY);
                let formula = format!("insert(…, {at}, \"{}\")", escaped(character));
                self.add([before, character.as_bytes(), after].concat(), cause, formula);
            }
        }
    }

    fn case(&mut self) {
        let (lower, upper) = (self.secret.to_ascii_lowercase(), self.secret.to_ascii_uppercase());
        for (bytes, says, formula) in
            [(lower, "in lowercase", "lower(…)"), (upper, "in uppercase", "upper(…)")]
        {
            self.add(bytes, Cause::with("secret.case", says).weighing(RARE), formula);
        }
    }

    fn url(&mut self) {
        const CODE: &str = "secret.url_decoded";
        const KEPT: &AsciiSet =
            &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
        let secret = self.secret;
        for plain in [percent_decode(secret).collect(), unform(secret)] {
            self.add(plain, Cause::with(CODE, "decoded from URL encoding"), "url_decode(…)");
        }
        let encoded = percent_encode(secret, KEPT).to_string().into_bytes();
        let cause = Cause::with(CODE, "in URL encoding").weighing(RARE);
        self.add(encoded, cause, "url_encode(…)");
    }
}

/// What a variable's name consists of, after a `$`. They differ among readers of `.env` files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum VariableName {
    /// A letter or `_`, then also digits.
    Word,
    /// The same, or one digit.
    Shell,
    /// Letters, digits and `_`.
    Any,
    /// Only what is in braces.
    Braces,
}

/// The text with every variable replaced by nothing, as one that is not set. `$$` is one dollar, or two.
fn expanded(text: &[u8], names: VariableName, is_pair_one: bool) -> Vec<u8> {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'$' {
            out.push(*first);
            continue;
        }
        let braces = after.strip_prefix(b"{").and_then(|inner| {
            let end = inner.iter().position(|b| *b == b'}')?;
            inner.get(end + 1..)
        });
        let word = after.iter().take_while(|b| is_word(b)).count();
        let is_digit = after.first().is_some_and(u8::is_ascii_digit);
        let length = match names {
            VariableName::Braces => 0,
            VariableName::Shell if is_digit => 1,
            VariableName::Word if is_digit => 0,
            _ => word,
        };
        match (braces, after.strip_prefix(b"$")) {
            (Some(after), _) => rest = after,
            (None, Some(after)) if is_pair_one => {
                out.push(b'$');
                rest = after;
            }
            _ if length > 0 => rest = after.split_at(length).1,
            _ => out.push(b'$'),
        }
    }
    out
}

fn is_base64(b: &u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')
}

fn is_base64url(b: &u8) -> bool {
    is_base64(b) || matches!(b, b'-' | b'_')
}

fn standard(b: u8) -> u8 {
    match b {
        b'-' => b'+',
        b'_' => b'/',
        b => b,
    }
}

/// Base64 whose last characters, which make no whole byte, are left out.
fn lenient(text: &[u8]) -> Option<Vec<u8>> {
    let mut specification = BASE64_NOPAD.specification();
    specification.check_trailing_bits = false;
    let whole = text.len() - usize::from(text.len() % 4 == 1);
    specification.encoding().ok()?.decode(text.get(..whole)?).ok()
}

fn escaped(text: &str) -> String {
    text.escape_default().to_string()
}

/// A prefix that all secrets have is shown. Any other may be part of the secret and is not.
pub fn without(prefix: &str) -> String {
    match prefix {
        "whsec_" | "sk_" | "sk-" | "v1," | "v1,whsec_" => format!("without its prefix `{prefix}`"),
        _ => format!("without its first {} characters", prefix.len()),
    }
}

/// What follows a prefix such as `whsec_` or `sk-`, with the prefix.
pub fn unprefixed(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let is_mark = |b: &u8| matches!(b, b'_' | b'-' | b':' | b'.' | b',');
    (1..=bytes.len().min(24)).filter_map(move |end| {
        let (prefix, rest) = bytes.split_at_checked(end)?;
        let is_word = prefix.iter().all(|b| b.is_ascii_alphanumeric() || is_mark(b));
        let is_prefix = is_word && prefix.last().is_some_and(is_mark) && !rest.is_empty();
        is_prefix.then_some((std::str::from_utf8(prefix).ok()?, rest))
    })
}
