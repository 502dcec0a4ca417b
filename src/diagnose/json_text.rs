//! Changes of JSON text, token by token: which characters are escaped, and what frameworks do to the values. White space,
//! the order of keys and the text of numbers stay.

/// What a character in a string is escaped as, by group. A group that is not set is written plainly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaping {
    /// The groups, a bit each: see [`GROUPS`].
    pub groups: u16,
    pub hex: HexCase,
}

/// The case of the digits in `\u00e9`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HexCase {
    Lower,
    Upper,
    /// Uppercase for ASCII characters only.
    UpperAscii,
}

/// Whether a character is in a group.
type IsMember = fn(char) -> bool;

/// The groups of characters that serializers escape or do not escape, with their names.
const GROUPS: [(&str, IsMember); 11] = [
    ("`/`", |c| c == '/'),
    ("characters that are not ASCII", |c| !c.is_ascii()),
    ("`<` and `>`", |c| matches!(c, '<' | '>')),
    ("`&`", |c| c == '&'),
    ("`'`", |c| c == '\''),
    ("`@`", |c| c == '@'),
    ("`%`", |c| c == '%'),
    ("`=`", |c| c == '='),
    ("U+2028 and U+2029", |c| matches!(c, '\u{2028}' | '\u{2029}')),
    ("U+007F", |c| c == '\u{7f}'),
    ("`+`", |c| c == '+'),
];

/// The group of `/`.
const SLASH: u16 = 1;

/// The group of all characters beyond ASCII.
const WIDE: u16 = 1 << 1;

/// The group of line separators, which are not ASCII either.
const LINES: u16 = 1 << 8;

/// All characters beyond ASCII, and no other.
pub const ASCII_ONLY: Escaping = Escaping { groups: WIDE, hex: HexCase::Lower };

/// The most groups of a text that are combined in every way.
const MAX_GROUPS: usize = 5;

/// Whether bytes look like JSON text.
fn is_json(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
}

/// The ways to escape the characters of a text, those with the fewest groups first.
pub fn escapings(text: &[u8]) -> Vec<Escaping> {
    let Some(text) = std::str::from_utf8(text).ok().filter(|text| is_json(text.as_bytes())) else {
        return Vec::new();
    };
    let present = present(text);
    let mut groups: Vec<u16> =
        (0..GROUPS.len()).map(|at| 1 << at).filter(|bit| present & bit != 0).collect();
    // Those beyond the first ones are escaped together or not at all.
    if groups.len() > MAX_GROUPS {
        let rest = groups.split_off(MAX_GROUPS - 1);
        groups.push(rest.iter().sum());
    }
    let mut all = Vec::new();
    for choice in 0..1_u16 << groups.len() {
        let chosen = groups.iter().enumerate().filter(|(at, _)| choice & (1 << at) != 0);
        let groups: u16 = chosen.map(|(_, bits)| bits).sum();
        // The line separators are among those that are not ASCII.
        if groups & WIDE != 0 && groups & LINES == 0 && present & LINES != 0 {
            continue;
        }
        all.push(Escaping { groups, hex: HexCase::Lower });
        if groups & !SLASH != 0 {
            all.push(Escaping { groups, hex: HexCase::Upper });
            let is_both = groups & WIDE != 0 && groups & !(WIDE | LINES | SLASH) != 0;
            if is_both {
                all.push(Escaping { groups, hex: HexCase::UpperAscii });
            }
        }
    }
    all.sort_by_key(|one| (one.hex != HexCase::Lower, one.groups.count_ones()));
    all
}

/// The groups whose characters a text has, plainly or escaped.
fn present(text: &str) -> u16 {
    let mut found = 0;
    each_string(text, |inner| {
        for (c, _) in characters(inner) {
            let Some(c) = c else {
                found |= WIDE;
                continue;
            };
            if c.is_ascii_alphanumeric() {
                continue;
            }
            for (at, (_, is_member)) in GROUPS.iter().enumerate() {
                if is_member(c) {
                    found |= 1 << at;
                }
            }
        }
    });
    found
}

/// The human-readable result of an escaping.
pub fn describe(escaping: Escaping) -> String {
    let names: Vec<_> = (GROUPS.iter().enumerate())
        .filter(|(at, _)| escaping.groups & (1 << at) != 0)
        .filter(|(at, _)| escaping.groups & WIDE == 0 || 1 << at != LINES)
        .map(|(_, (name, _))| *name)
        .collect();
    let case = match escaping.hex {
        _ if escaping.groups & !SLASH == 0 => "",
        HexCase::Lower => ", with lowercase digits",
        HexCase::Upper => ", with uppercase digits",
        HexCase::UpperAscii => ", with uppercase digits for ASCII",
    };
    match names.split_last() {
        None => "only the characters that must be escaped".to_owned(),
        Some((last, [])) => format!("{last} escaped{case}"),
        Some((last, others)) => format!("{} and {last} escaped{case}", others.join(", ")),
    }
}

/// A JSON text with the characters of its strings escaped like this; `None` when it is not text.
pub fn escape(text: &[u8], escaping: Escaping) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|text| is_json(text.as_bytes()))?;
    let mut out = Vec::with_capacity(text.len() + text.len() / 4);
    rewrite(text, &mut out, |token, out| match token.strip_prefix('"') {
        Some(inner) => {
            out.push(b'"');
            for (c, raw) in characters(inner.strip_suffix('"').unwrap_or(inner)) {
                match c {
                    Some(c) => write(c, raw, escaping, out),
                    None => out.extend_from_slice(raw.as_bytes()),
                }
            }
            out.push(b'"');
        }
        None => out.extend_from_slice(token.as_bytes()),
    });
    Some(out)
}

fn write(c: char, raw: &str, escaping: Escaping, out: &mut Vec<u8>) {
    // Control characters, quotes and backslashes stay as they are.
    if c.is_ascii_alphanumeric() || (c as u32) < 0x20 || matches!(c, '"' | '\\' | ' ') {
        out.extend_from_slice(raw.as_bytes());
        return;
    }
    let mut groups = GROUPS.iter().enumerate();
    let is_escaped =
        groups.any(|(at, (_, is_member))| escaping.groups & (1 << at) != 0 && is_member(c));
    if !is_escaped {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    if c == '/' {
        out.extend_from_slice(b"\\/");
        return;
    }
    let is_upper = match escaping.hex {
        HexCase::Lower => false,
        HexCase::Upper => true,
        HexCase::UpperAscii => c.is_ascii(),
    };
    for unit in c.encode_utf16(&mut [0; 2]) {
        let text = match is_upper {
            true => format!("\\u{unit:04X}"),
            false => format!("\\u{unit:04x}"),
        };
        out.extend_from_slice(text.as_bytes());
    }
}

/// The characters of a string's content with their text; a lone surrogate has no character.
fn characters(inner: &str) -> impl Iterator<Item = (Option<char>, &str)> {
    let mut rest = inner;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (c, length) = match first {
            '\\' => escape_sequence(rest),
            c => (Some(c), c.len_utf8()),
        };
        let (raw, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        Some((c, raw))
    })
}

/// The character of the escape at the start of a text, and its length in bytes.
fn escape_sequence(text: &str) -> (Option<char>, usize) {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(0) else {
        let c = text.chars().nth(1);
        let length = 1 + c.map_or(0, char::len_utf8);
        let c = c.map(|c| match c {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            c => c,
        });
        return (c, length);
    };
    if (0xD800..0xDC00).contains(&first)
        && let Some(low) = unit(6).filter(|low| (0xDC00..0xE000).contains(low))
    {
        let code = 0x1_0000 + ((first & 0x3FF) << 10) + (low & 0x3FF);
        return (char::from_u32(code), 12);
    }
    (char::from_u32(first), 6)
}

/// Hands every token to `each`: strings with their quotes, and what is between them in pieces.
fn rewrite(text: &str, out: &mut Vec<u8>, mut each: impl FnMut(&str, &mut Vec<u8>)) {
    let mut rest = text;
    while !rest.is_empty() {
        let length = match rest.strip_prefix('"') {
            Some(inner) => 1 + string_end(inner),
            None => rest.find('"').unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        each(token, out);
        rest = after;
    }
}

/// Where a string's content ends, with its closing quote.
fn string_end(inner: &str) -> usize {
    let bytes = inner.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            _ => at += 2,
        }
    }
    bytes.len()
}

fn each_string(text: &str, mut each: impl FnMut(&str)) {
    rewrite(text, &mut Vec::new(), |token, _| {
        if let Some(inner) = token.strip_prefix('"') {
            each(inner.strip_suffix('"').unwrap_or(inner));
        }
    });
}

/// Changes the values of a JSON text: `edit` gets a string with its quotes, or a word or number. Keys stay.
fn values(text: &[u8], edit: impl Fn(&str) -> Option<String>) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|text| is_json(text.as_bytes()))?;
    let mut out = Vec::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
        let length = match first {
            '"' => 1 + string_end(rest.get(1..).unwrap_or_default()),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        rest = after;
        let is_key = first == '"' && after.trim_ascii_start().starts_with(':');
        let edited = match first == '"' || is_word(first) {
            true if !is_key => edit(token),
            _ => None,
        };
        out.extend_from_slice(edited.as_deref().unwrap_or(token).as_bytes());
    }
    Some(out)
}

/// With the white space at the ends of strings removed.
pub fn trimmed(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| {
        let mut inner = token.strip_prefix('"')?.strip_suffix('"')?;
        loop {
            let bare = inner.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
            let bare = ["\\n", "\\t", "\\r"].iter().fold(bare, |bare, one| {
                let bare = bare.strip_prefix(one).unwrap_or(bare);
                // A backslash before it makes it a backslash and a letter.
                match bare.strip_suffix(one) {
                    Some(short) if !short.ends_with('\\') => short,
                    _ => bare,
                }
            });
            if bare.len() == inner.len() {
                return (bare.len() + 2 < token.len()).then(|| format!("\"{bare}\""));
            }
            inner = bare;
        }
    })
}

/// With `null` for empty strings.
pub fn nulls(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| (token == "\"\"").then(|| "null".to_owned()))
}

/// With empty strings for `null`.
pub fn empties(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| (token == "null").then(|| "\"\"".to_owned()))
}

/// With strings trimmed, and `null` for those that are empty then, as Laravel does.
pub fn trimmed_nulls(text: &[u8]) -> Option<Vec<u8>> {
    nulls(&trimmed(text)?)
}

/// With every number and word as a string.
pub fn stringified(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| (!token.starts_with('"')).then(|| format!("\"{token}\"")))
}

/// With numbers as strings.
pub fn number_strings(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| {
        token.starts_with(|c: char| c.is_ascii_digit() || c == '-').then(|| format!("\"{token}\""))
    })
}

/// With every value as a form has it: `null` is empty, `true` is 1 and `false` is 0.
pub fn form_strings(text: &[u8]) -> Option<Vec<u8>> {
    values(text, |token| match token {
        "null" => Some("\"\"".to_owned()),
        "true" => Some("\"1\"".to_owned()),
        "false" => Some("\"0\"".to_owned()),
        _ => (!token.starts_with('"')).then(|| format!("\"{token}\"")),
    })
}

/// With another pair of brackets where one is empty.
pub fn brackets(text: &[u8], from: &str, to: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok().filter(|text| is_json(text.as_bytes()))?;
    let mut out = Vec::with_capacity(text.len());
    rewrite(text, &mut out, |token, out| match token.starts_with('"') {
        true => out.extend_from_slice(token.as_bytes()),
        false => out.extend_from_slice(token.replace(from, to).as_bytes()),
    });
    Some(out)
}

/// An object with more members at its end: `members` is text without the comma before it.
pub fn with_members(text: &[u8], members: &str) -> Option<Vec<u8>> {
    let head = text.strip_suffix(b"}").filter(|head| head.first() == Some(&b'{'))?;
    let comma = if head == b"{" { "" } else { "," };
    Some([head, comma.as_bytes(), members.as_bytes(), b"}"].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped(text: &str, groups: u16, hex: HexCase) -> String {
        String::from_utf8(escape(text.as_bytes(), Escaping { groups, hex }).unwrap()).unwrap()
    }

    #[test]
    fn characters_are_escaped_by_group_and_nothing_else_changes() {
        let text = "{ \"a/\\u00e9\" : [1.0,\"\\/<\u{e9}\\ud83d\\ude00\\\"\\n\\\\/\\ud800\"] }\n";
        assert_eq!(
            escaped(text, 0, HexCase::Lower),
            "{ \"a/\u{e9}\" : [1.0,\"/<\u{e9}\u{1f600}\\\"\\n\\\\/\\ud800\"] }\n"
        );
        assert_eq!(
            escaped(text, SLASH | WIDE, HexCase::Upper),
            "{ \"a\\/\\u00E9\" : [1.0,\"\\/<\\u00E9\\uD83D\\uDE00\\\"\\n\\\\\\/\\ud800\"] }\n"
        );
        assert_eq!(
            escaped("[\"<\u{e9}\"]", WIDE | 1 << 2, HexCase::UpperAscii),
            r#"["\u003C\u00e9"]"#
        );
        assert!(escape(b"a=1", Escaping { groups: 0, hex: HexCase::Lower }).is_none());
        for broken in ["{\"a", "\"\\", "\"\\u12", "[\"\\u{e9}\"]"] {
            escape(broken.as_bytes(), Escaping { groups: SLASH, hex: HexCase::Lower });
            assert!(escapings(broken.as_bytes()).len() < 100);
        }
    }

    #[test]
    fn only_groups_that_occur_are_combined() {
        assert_eq!(escapings(b"{\"a\":1}").len(), 1);
        let all = escapings("[\"/\u{e9}<&'@%=+\u{2028}\"]".as_bytes());
        assert!((20..110).contains(&all.len()), "{}", all.len());
        assert_eq!(all[0].groups, 0);
    }

    #[test]
    fn values_are_changed_and_keys_are_not() {
        let text = br#"{" a ":" x\n ","b":"","c":[1,true,null,{}, []]}"#;
        let shown = |made: Option<Vec<u8>>| String::from_utf8(made.unwrap()).unwrap();
        assert_eq!(shown(trimmed(text)), r#"{" a ":"x","b":"","c":[1,true,null,{}, []]}"#);
        assert_eq!(shown(nulls(text)), r#"{" a ":" x\n ","b":null,"c":[1,true,null,{}, []]}"#);
        assert_eq!(
            shown(stringified(text)),
            r#"{" a ":" x\n ","b":"","c":["1","true","null",{}, []]}"#
        );
        assert_eq!(
            shown(brackets(text, "{}", "[]")),
            r#"{" a ":" x\n ","b":"","c":[1,true,null,[], []]}"#
        );
        assert_eq!(shown(with_members(b"{}", "\"a\":1")), "{\"a\":1}");
        assert_eq!(shown(trimmed(br#"["a\\n"]"#)), r#"["a\\n"]"#);
    }
}
