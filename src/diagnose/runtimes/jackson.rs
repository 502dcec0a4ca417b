//! Java's Jackson: a tree keeps order and big integers; doubles are printed by `Double.toString`, which was wrong until
//! JDK 19: older ones print digits too many for some doubles, always the same ones, and a signer's digest shows them.

use num_bigint::BigUint;

use super::escape::{ALL_SHORT, Hex, code_points, is_surrogate, quoted};
use super::number::{self, Decimal, Notation, double, is_integer};
use super::{Layout, PrintNumber, PrintString, Runtime, Serializer, Style, copied};

/// Without a depth: versions differ in how deep they read.
pub(super) fn all() -> Vec<Serializer> {
    let versions: [(&str, PrintNumber); 2] = [
        ("", |text, out| number(text, before_19, out)),
        (" (since JDK 19)", |text, out| number(text, since_19, out)),
    ];
    let methods: [(&str, PrintString); 2] =
        [("writeValueAsString", text), ("writeValueAsBytes", bytes)];
    let mut all = Vec::new();
    for (since, number) in versions {
        for (write, string) in methods {
            let formula = format!("mapper.{write}(mapper.readTree(…)){since}");
            let style = Style { string, number, ..Style::PLAIN };
            let codes = &["body.reserialized.jackson"];
            all.push(Serializer::new(Runtime::JACKSON, codes, formula, style));
        }
        let formula = format!(
            "mapper.writerWithDefaultPrettyPrinter().writeValueAsString(mapper.readTree(…)){since}"
        );
        let style = Style { string: text, number, layout: PRETTY, ..Style::PLAIN };
        all.push(
            Serializer::new(Runtime::JACKSON, &["body.reserialized.jackson"], formula, style)
                .rare(),
        );
    }
    all
}

/// `DefaultPrettyPrinter`: the members of objects are on lines, those of arrays are not.
const PRETTY: Layout =
    Layout { key: " : ", inner: [" ", " "], flat_arrays: Some(", "), ..Layout::pretty("  ") };

/// A number as Java prints it in the text of a map.
pub(super) fn written(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, before_19, out)
}

/// A string of Java's, then encoded: a lone surrogate becomes `?`.
fn text(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code| code >= 0x20;
    if std::str::from_utf8(text).is_ok() {
        return quoted(text, ALL_SHORT, Hex::Upper, stays, out);
    }
    let mut replaced = Vec::with_capacity(text.len());
    for (code, bytes) in code_points(text) {
        replaced.extend_from_slice(if is_surrogate(code) { b"?" } else { bytes });
    }
    quoted(&replaced, ALL_SHORT, Hex::Upper, stays, out)
}

/// Written straight to bytes: what needs a surrogate pair is escaped.
fn bytes(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| (0x20..0x1_0000).contains(&code) && !is_surrogate(code);
    quoted(text, ALL_SHORT, Hex::Upper, stays, out)
}

/// An infinite double is printed as a string.
fn number(text: &str, finite: fn(f64, &mut Vec<u8>), out: &mut Vec<u8>) -> bool {
    match double(text) {
        _ if is_integer(text) => return number::integer(text, out),
        f64::INFINITY => return copied(b"\"Infinity\"", out),
        f64::NEG_INFINITY => return copied(b"\"-Infinity\"", out),
        double => finite(double, out),
    }
    true
}

/// Prints a finite double as JDK 19 and later do: of the shortest decimals of at least two digits, the nearest.
fn since_19(value: f64, out: &mut Vec<u8>) {
    let mut decimal = Decimal::shortest(value);
    let two = format!("{value:.1e}");
    if decimal.digits.len() == 1 && double(&two) == value {
        decimal = Decimal::of(&two);
    }
    decimal.write(&TO_STRING, out);
}

/// Prints a finite double as earlier ones do.
fn before_19(value: f64, out: &mut Vec<u8>) {
    let decimal = if value == 0.0 {
        Decimal::shortest(value)
    } else {
        Binary::of(value).decimal(value.is_sign_negative())
    };
    decimal.write(&TO_STRING, out);
}

const TO_STRING: Notation = Notation {
    fixed: (-3, 6),
    fraction: false,
    whole: ".0",
    single: ".0",
    marks: ["E", "E-"],
    width: 1,
};

/// The mantissa's bits of a double after the leading one.
const FRACTION: i32 = 52;

/// A positive double: `mantissa`, whose leading bit stands for 2 to the `exponent`.
struct Binary {
    mantissa: u64,
    exponent: i32,
    /// Bits that carry meaning: fewer in a subnormal double.
    bits: i32,
}

impl Binary {
    fn of(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << FRACTION) - 1);
        let exponent = (bits >> FRACTION & 0x7FF) as i32;
        if exponent == 0 {
            let shift = fraction.leading_zeros() as i32 - (63 - FRACTION);
            return Self {
                mantissa: fraction << shift,
                exponent: 1 - shift - 1023,
                bits: FRACTION + 1 - shift,
            };
        }
        Self { mantissa: fraction | 1 << FRACTION, exponent: exponent - 1023, bits: FRACTION + 1 }
    }

    fn decimal(&self, negative: bool) -> Decimal {
        let zeros = self.mantissa.trailing_zeros() as i32;
        let fraction_bits = FRACTION + 1 - zeros;
        let below_point = (fraction_bits - self.exponent - 1).max(0);
        let is_small = (-21..=62).contains(&self.exponent);
        let (digits, exponent) = if is_small && below_point == 0 && fraction_bits < 64 {
            self.whole()
        } else {
            self.developed(zeros, fraction_bits, below_point)
        };
        Decimal { negative, digits, exponent }
    }

    /// A whole number that fits 63 bits: as many low digits as the bits cannot vouch for are rounded away.
    fn whole(&self) -> (String, i32) {
        let shift = self.exponent - FRACTION;
        let mut whole = if shift >= 0 { self.mantissa << shift } else { self.mantissa >> -shift };
        let spare = self.exponent - self.bits - 1;
        let mut dropped = 0;
        if self.exponent > self.bits && spare > 1 {
            dropped = (f64::from(spare) * std::f64::consts::LOG10_2) as u32;
            let unit = 10u64.pow(dropped);
            let rest = whole % unit;
            whole = whole / unit + u64::from(dropped > 0 && rest >= unit / 2);
        }
        let digits = whole.to_string();
        let exponent = digits.len() as i32 - 1 + dropped as i32;
        let trimmed = digits.trim_end_matches('0');
        (trimmed.to_owned(), exponent)
    }

    /// Digits one by one until what remains is less than half the distance to the next double.
    fn developed(&self, zeros: i32, fraction_bits: i32, below_point: i32) -> (String, i32) {
        let mut exponent = self.estimate();
        let (b5, s5) = ((-exponent).max(0), exponent.max(0));
        let mut b2 = b5 + below_point + self.exponent;
        let mut s2 = s5 + below_point;
        let mut m2 = b2 - self.bits;
        b2 -= fraction_bits - 1;
        let common = b2.min(s2);
        (b2, s2, m2) = (b2 - common, s2 - common, m2 - common);
        if fraction_bits == 1 {
            // Below a power of two the doubles are twice as close.
            m2 -= 1;
        }
        if m2 < 0 {
            (b2, s2, m2) = (b2 - m2, s2 - m2, 0);
        }
        let scaled = |value: u64, five: i32, two: i32| {
            (BigUint::from(value) * BigUint::from(5u8).pow(five.unsigned_abs()))
                << two.unsigned_abs()
        };
        let mut rest = scaled(self.mantissa >> zeros, b5, b2);
        let unit = scaled(1, s5, s2);
        let mut half = scaled(1, b5, m2);
        let ten = &unit * 10u8;
        // What fits a machine word is compared otherwise than what does not.
        let is_word =
            fraction_bits + b2 + bits_of_five(b5) < 64 && s2 + 1 + bits_of_five(s5 + 1) < 64;
        let is_high = |rest: &BigUint, half: &BigUint| {
            let sum = rest + half;
            if is_word { sum > ten } else { sum >= ten }
        };

        let mut digits: Vec<u8> = Vec::new();
        let next = |rest: &mut BigUint, half: &mut BigUint| {
            let digit = &*rest / &unit;
            *rest = (&*rest % &unit) * 10u8;
            *half *= 10u8;
            digit.iter_u32_digits().next().unwrap_or(0) as u8
        };
        let digit = next(&mut rest, &mut half);
        let mut low = rest < half;
        let mut high = is_high(&rest, &half);
        if digit == 0 && !high {
            exponent -= 1;
        } else {
            digits.push(digit);
        }
        if !(-3..8).contains(&exponent) {
            // There will be an exponent, and with it at least one more digit.
            (low, high) = (false, false);
        }
        while !low && !high {
            digits.push(next(&mut rest, &mut half));
            low = rest < half;
            high = is_high(&rest, &half);
        }
        let twice = rest << 1u8;
        let is_odd = digits.last().is_some_and(|digit| digit % 2 == 1);
        if high && (!low || twice > ten || twice == ten && is_odd) {
            exponent += round_up(&mut digits);
        }
        let digits = digits.iter().map(|digit| char::from(b'0' + digit)).collect();
        (digits, exponent)
    }

    /// The power of ten of the first digit, or one more.
    #[expect(clippy::approx_constant, reason = "Java's own, with as many digits")]
    fn estimate(&self) -> i32 {
        let mantissa = f64::from_bits(1023 << FRACTION | self.mantissa & ((1 << FRACTION) - 1));
        let log = (mantissa - 1.5) * 0.289529654
            + 0.176091259
            + f64::from(self.exponent) * 0.301029995663981;
        log.floor() as i32
    }
}

/// As many bits as a power of five has; more for the large ones, which are only estimated.
fn bits_of_five(power: i32) -> i32 {
    match power {
        0 => 0,
        1..27 => 64 - 5u64.pow(power.unsigned_abs()).leading_zeros() as i32,
        _ => power * 3,
    }
}

/// One more in the last place: 1 where that makes the number a power of ten.
fn round_up(digits: &mut [u8]) -> i32 {
    for digit in digits.iter_mut().rev() {
        if *digit < 9 {
            *digit += 1;
            return 0;
        }
        *digit = 0;
    }
    if let Some(first) = digits.first_mut() {
        *first = 1;
    }
    1
}
