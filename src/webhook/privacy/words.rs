//! What replaces a private word: another one of the same length, alphabet and case. The same word is always replaced by
//! the same one, and without the key of the run nothing tells which word that was.

use crate::webhook::signature::mac::{Hash, PreparedMac};

/// The length from which the first digit of a number stays, so that as many bits hold it.
const MIN_LARGE: usize = 16;

/// Letters that no top-level domain consists of.
const NO_DOMAIN: &[u8] = b"qxzj";

/// Replaces words under the key of one run.
pub struct Words {
    mac: PreparedMac,
}

/// What a word consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Alphabet {
    Digits,
    Hex,
    /// The last part of a host's name.
    Domain,
    Any,
}

impl Words {
    pub fn new(key: &[u8]) -> Self {
        Self { mac: Hash::Sha256.keyed(key) }
    }

    /// The text with other words. It has as many characters, each of as many bytes.
    pub fn text(&self, text: &str) -> String {
        self.text_but(text, |_| false)
    }

    /// The same, but for words that stay.
    pub fn text_but(&self, text: &str, stays: impl Fn(&str) -> bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let Some(start) = rest.find(char::is_alphanumeric) else {
                out.push_str(rest);
                break;
            };
            let (between, rest) = rest.split_at(start);
            let end = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            out.push_str(between);
            let before = text.get(..at + start).unwrap_or_default();
            match after.starts_with("://") || stays(word) {
                true => out.push_str(word),
                false => self.word(word, alphabet(word, before, after), padding(after), &mut out),
            }
            at += start + end;
        }
        out
    }

    /// An IPv4 address with other numbers, each of as many digits.
    pub fn ipv4(&self, text: &str) -> String {
        let other = |octet: &str| {
            let mut stream = self.stream(octet, 0);
            match octet.len() {
                3 => (100 + stream.below(156)).to_string(),
                2 => (10 + stream.below(90)).to_string(),
                _ if octet == "0" => octet.to_owned(),
                _ => (1 + stream.below(9)).to_string(),
            }
        };
        text.split('.').map(other).collect::<Vec<_>>().join(".")
    }

    /// Other bytes in the place of these, which are no text: letters and digits by others of their kind, control
    /// characters and punctuation by themselves.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = Stream::new(&self.mac, self.mac.mac(&[bytes]));
        bytes.iter().map(|byte| stream.byte(*byte)).collect()
    }

    /// Bytes that depend on the run and this name alone.
    pub fn made(&self, name: &str) -> [u8; 32] {
        self.mac.mac(&[b"made\0", name.as_bytes()]).try_into().unwrap_or_default()
    }

    /// Another text of the same form, by itself: not consistent with words elsewhere.
    pub fn attempt(&self, text: &str, number: u32) -> String {
        let mut stream = self.stream(text, number);
        let is_hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        let alphabet = if is_hex { Alphabet::Hex } else { Alphabet::Any };
        text.chars().map(|c| stream.character(c, alphabet)).collect()
    }

    fn word(&self, word: &str, alphabet: Alphabet, padding: usize, out: &mut String) {
        const ATTEMPTS: u32 = 4;
        let folded = word.to_lowercase();
        let start = out.len();
        for attempt in 0..ATTEMPTS {
            let mut stream = self.stream(&folded, attempt);
            out.truncate(start);
            match alphabet {
                Alphabet::Digits => stream.digits(word, out),
                _ => out.extend(word.chars().map(|c| stream.character(c, alphabet))),
            }
            if padding > 0 {
                stream.close_base64(padding, out);
            }
            if out.get(start..) != Some(word) {
                break;
            }
        }
    }

    fn stream(&self, folded: &str, attempt: u32) -> Stream<'_> {
        Stream::new(&self.mac, self.mac.mac(&[&attempt.to_be_bytes(), folded.as_bytes()]))
    }
}

/// How many `=` follow, as after base64.
fn padding(after: &str) -> usize {
    let count = after.bytes().take_while(|b| *b == b'=').count();
    let ends = after.get(count..).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
    if (1..=2).contains(&count) && ends { count } else { 0 }
}

fn alphabet(word: &str, before: &str, after: &str) -> Alphabet {
    const MIN_HEX: usize = 4;
    let is_last_label = || {
        let host = before.strip_suffix('.').unwrap_or_default();
        host.ends_with(|c: char| c.is_ascii_alphanumeric()) && !after.starts_with(['@', '.', '_'])
    };
    let has_digit = || word.bytes().any(|b| b.is_ascii_digit());
    if word.bytes().all(|b| b.is_ascii_digit()) {
        Alphabet::Digits
    } else if word.bytes().all(|b| b.is_ascii_hexdigit()) && (word.len() >= MIN_HEX || has_digit())
    {
        Alphabet::Hex
    } else if word.bytes().all(|b| b.is_ascii_alphabetic()) && word.len() > 1 && is_last_label() {
        Alphabet::Domain
    } else {
        Alphabet::Any
    }
}

/// Numbers that depend on the key of the run and on a word.
struct Stream<'w> {
    mac: &'w PreparedMac,
    seed: Vec<u8>,
    block: Vec<u8>,
    used: usize,
    count: u64,
}

impl<'w> Stream<'w> {
    fn new(mac: &'w PreparedMac, seed: Vec<u8>) -> Self {
        Self { mac, seed, block: Vec::new(), used: 0, count: 0 }
    }

    fn next(&mut self) -> u8 {
        if self.used >= self.block.len() {
            self.block = self.mac.mac(&[&self.seed, &self.count.to_be_bytes()]);
            self.count += 1;
            self.used = 0;
        }
        let byte = self.block.get(self.used).copied().unwrap_or_default();
        self.used += 1;
        byte
    }

    fn below(&mut self, limit: usize) -> usize {
        let number = usize::from(self.next()) << 8 | usize::from(self.next());
        number % limit.max(1)
    }

    fn of(&mut self, among: &[u8]) -> char {
        let index = self.below(among.len());
        char::from(among.get(index).copied().unwrap_or(b'x'))
    }

    /// Other digits. Zeros at the end stay, and neither the first nor the last other digit becomes a zero.
    fn digits(&mut self, word: &str, out: &mut String) {
        let significant = word.trim_end_matches('0').len();
        for (index, digit) in word.char_indices() {
            let is_end = index == 0 || index + 1 == significant;
            out.push(match digit {
                '0' if index == 0 || index >= significant => '0',
                kept if index == 0 && word.len() >= MIN_LARGE => kept,
                _ if is_end => self.of(b"123456789"),
                _ => self.of(b"0123456789"),
            });
        }
    }

    fn character(&mut self, c: char, alphabet: Alphabet) -> char {
        let lower: &[u8] = match alphabet {
            Alphabet::Hex => b"abcdef",
            Alphabet::Domain => NO_DOMAIN,
            _ => b"abcdefghijklmnopqrstuvwxyz",
        };
        match c {
            '0'..='9' => self.of(b"0123456789"),
            'a'..='z' => self.of(lower),
            'A'..='Z' => self.of(lower).to_ascii_uppercase(),
            c if c.is_ascii() || !c.is_alphanumeric() => c,
            c => self.neighbour(c),
        }
    }

    /// Another letter of the same script, case and length.
    fn neighbour(&mut self, c: char) -> char {
        let size: u32 = if u32::from(c) < 0x3000 { 0x80 } else { 0x100 };
        let first = u32::from(c) / size * size;
        let is_like = |other: &char| {
            other.is_alphabetic() == c.is_alphabetic()
                && other.is_numeric() == c.is_numeric()
                && other.is_lowercase() == c.is_lowercase()
                && other.is_uppercase() == c.is_uppercase()
                && other.len_utf8() == c.len_utf8()
        };
        let others = || (first..first + size).filter_map(char::from_u32).filter(is_like);
        let index = self.below(others().count());
        others().nth(index).unwrap_or(c)
    }

    /// Makes the last character one that base64 has before this padding: its lowest bits are zeros.
    fn close_base64(&mut self, padding: usize, out: &mut String) {
        let (lower, upper, digits): (&[u8], &[u8], &[u8]) = match padding {
            2 => (b"gw", b"AQ", b""),
            _ => (b"cgkosw", b"AEIMQUY", b"048"),
        };
        let among = match out.chars().last() {
            Some('a'..='z') => lower,
            Some('A'..='Z') => upper,
            Some('0'..='9') => digits,
            _ => return,
        };
        if !among.is_empty() {
            out.pop();
            let last = self.of(among);
            out.push(last);
        }
    }

    fn byte(&mut self, byte: u8) -> u8 {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                u8::try_from(self.character(char::from(byte), Alphabet::Any)).unwrap_or(b'x')
            }
            0x80.. => self.next() | 0x80,
            _ => byte,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_alphabet_and_punctuation_stay() {
        let words = Words::new(b"key");
        for text in [
            "Sarah O'Neil-Müller",
            "sarah@acme.co.ke",
            "7b0e4a4e-9a3c-4d2b-8a52-0d7c5f1f6a10",
            "DEADBEEF00",
            "+254 712 345 678",
            "https://shop.acme.com/a?b=c%20d",
            "dGVzdA==",
            "dGVzdGU=",
            "王小明 さくら Ωμέγα नमस्ते 𠀀",
            "1500.50",
        ] {
            let other = words.text(text);
            assert_ne!(other, text);
            assert_eq!(other, words.text(text));
            assert_eq!(other.chars().count(), text.chars().count());
            for (a, b) in text.chars().zip(other.chars()) {
                let class = |c: char| {
                    let ascii = (c.is_ascii_digit(), c.is_ascii_alphabetic(), c.len_utf8());
                    (ascii, c.is_lowercase(), c.is_uppercase(), c.is_alphanumeric())
                };
                assert_eq!(class(a), class(b), "{text} {other}");
                assert!(a.is_alphanumeric() || a == b, "{text} {other}");
            }
        }
        assert!(words.text("https://x.y").starts_with("https://"));
        assert!(words.text("DEADBEEF00").bytes().all(|b| b.is_ascii_hexdigit()));
        assert!(data_encoding::BASE64.decode(words.text("dGVzdA==").as_bytes()).is_ok());
        assert!(data_encoding::BASE64.decode(words.text("dGVzdGU=").as_bytes()).is_ok());
        assert!(words.text("1500.50").ends_with('0') && words.text("1500.50").contains("00."));
        assert!(words.ipv4("10.0.250.7").parse::<std::net::Ipv4Addr>().is_ok());
    }

    #[test]
    fn a_word_is_replaced_by_the_same_one_in_any_case_and_place() {
        let words = Words::new(b"key");
        let name = words.text("sarah");
        assert!(words.text("Call Sarah").ends_with(&name[1..]));
        assert!(words.text("sarah@acme.com").starts_with(&name));
        assert_ne!(name, Words::new(b"other").text("sarah"));
    }
}
