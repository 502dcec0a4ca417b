//! Doubles as the runtimes print them. All print the fewest digits that read back as the same double; they
//! differ in where the exponent starts and how it looks.

use std::fmt::Write;

/// The value of a JSON number as a double: infinite where it is too large.
pub(super) fn double(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// Whether a JSON number is written as an integer.
pub(super) fn is_integer(text: &str) -> bool {
    !text.contains(['.', 'e', 'E'])
}

/// The shortest decimal of a finite double.
pub(super) struct Decimal {
    pub negative: bool,
    /// Without zeros at either end; `0` for zero.
    pub digits: String,
    /// The power of ten of the first digit.
    pub exponent: i32,
}

/// No two decimals of this many digits are the same normal double, so there is no choice between them.
const SURE: usize = f64::DIGITS as usize;

/// How a runtime prints a decimal.
#[derive(Clone, Copy)]
pub(super) struct Notation {
    /// Exponents printed without one: from the first to the last.
    pub fixed: (i32, i32),
    /// Whether larger ones are printed without an exponent too, as long as there is a fraction.
    pub fraction: bool,
    /// What follows a whole number without an exponent.
    pub whole: &'static str,
    /// What follows a mantissa of one digit.
    pub single: &'static str,
    /// What comes before an exponent of zero or more, and before a negative one.
    pub marks: [&'static str; 2],
    /// The fewest digits of an exponent.
    pub width: usize,
}

impl Decimal {
    /// Of two shortest ones the nearer, and of two as near the even one.
    pub fn shortest(double: f64) -> Self {
        let shortest = format!("{double:e}");
        let digits = shortest.bytes().take_while(|byte| *byte != b'e');
        let after = digits.filter(u8::is_ascii_digit).count().saturating_sub(1);
        if after < SURE && (double.is_normal() || double == 0.0) {
            return Self::of(&shortest);
        }
        let nearest = format!("{double:.after$e}");
        let is_same = nearest.parse() == Ok(double);
        Self::of(if is_same { &nearest } else { &shortest })
    }

    /// From Rust's scientific notation, `-1.25e-7`.
    pub fn of(scientific: &str) -> Self {
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        let trimmed = digits.trim_end_matches('0');
        Self {
            negative: mantissa.starts_with('-'),
            digits: if trimmed.is_empty() { "0" } else { trimmed }.to_owned(),
            exponent: exponent.parse().unwrap_or(0),
        }
    }

    pub fn write(&self, notation: &Notation, out: &mut Vec<u8>) {
        let mut text = if self.negative { "-" } else { "" }.to_owned();
        let (first, last) = notation.fixed;
        let has_fraction = self.exponent >= 0 && self.digits.len() as i32 > self.exponent + 1;
        if (first..=last).contains(&self.exponent) || notation.fraction && has_fraction {
            self.fixed(notation.whole, &mut text);
        } else {
            self.scientific(notation, &mut text);
        }
        out.extend_from_slice(text.as_bytes());
    }

    fn fixed(&self, whole: &str, text: &mut String) {
        if self.exponent < 0 {
            let zeros = self.exponent.unsigned_abs() as usize - 1;
            text.push_str("0.");
            text.extend(std::iter::repeat_n('0', zeros));
            text.push_str(&self.digits);
            return;
        }
        let before = self.exponent.unsigned_abs() as usize + 1;
        match self.digits.split_at_checked(before) {
            Some((before, after)) if !after.is_empty() => {
                text.push_str(before);
                text.push('.');
                text.push_str(after);
            }
            _ => {
                text.push_str(&self.digits);
                text.extend(std::iter::repeat_n('0', before - self.digits.len()));
                text.push_str(whole);
            }
        }
    }

    fn scientific(&self, notation: &Notation, text: &mut String) {
        let (first, rest) = self.digits.split_at(1);
        text.push_str(first);
        if rest.is_empty() {
            text.push_str(notation.single);
        } else {
            text.push('.');
            text.push_str(rest);
        }
        let mark = notation.marks[usize::from(self.exponent < 0)];
        let (exponent, width) = (self.exponent.unsigned_abs(), notation.width);
        // Writing into a string does not fail.
        let _ = write!(text, "{mark}{exponent:0width$}");
    }
}

/// Prints a finite double; `false` for an infinite one.
pub(super) fn finite(double: f64, notation: &Notation, out: &mut Vec<u8>) -> bool {
    if double.is_finite() {
        Decimal::shortest(double).write(notation, out);
    }
    double.is_finite()
}

/// Prints an integer of any size as the runtime holds it: `-0` is `0`.
pub(super) fn integer(text: &str, out: &mut Vec<u8>) -> bool {
    super::kept(if text == "-0" { "0" } else { text }, out)
}
