//! A JSON number that is only looked at: whether it is one, and one that a double can hold.

/// How many characters a number may have: whatever is longer is taken for no JSON, instead of being held.
const LONGEST: usize = 64 << 10;

/// How many digits and a sign surely are in a double's range, when there is no exponent.
const SURELY: usize = 300;

/// A number on its way.
#[derive(Debug, Default)]
pub(super) struct Number {
    phase: Phase,
    text: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Start,
    Minus,
    Zero,
    Whole,
    Point,
    Fraction,
    E,
    Sign,
    Exponent,
}

impl Number {
    /// Takes what belongs to the number off the beginning of `piece`: the rest, which is empty when it
    /// may go on in the next piece. `None` when it is too long.
    pub fn advance<'p>(&mut self, piece: &'p [u8]) -> Option<&'p [u8]> {
        let mut length = 0;
        for &byte in piece {
            let Some(next) = self.phase.after(byte) else {
                break;
            };
            self.phase = next;
            length += 1;
        }
        let (own, rest) = piece.split_at_checked(length)?;
        self.text.extend_from_slice(own);
        (self.text.len() <= LONGEST).then_some(rest)
    }

    /// Whether it can end here.
    pub fn end(&self) -> bool {
        match self.phase {
            Phase::Zero | Phase::Whole | Phase::Fraction if self.text.len() <= SURELY => true,
            Phase::Zero | Phase::Whole | Phase::Fraction | Phase::Exponent => self.is_in_range(),
            Phase::Start | Phase::Minus | Phase::Point | Phase::E | Phase::Sign => false,
        }
    }

    fn is_in_range(&self) -> bool {
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        text.parse::<f64>().is_ok_and(f64::is_finite)
    }
}

impl Phase {
    fn after(self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Start, b'-') => Self::Minus,
            (Self::Start | Self::Minus, b'0') => Self::Zero,
            (Self::Start | Self::Minus, b'1'..=b'9') => Self::Whole,
            (Self::Whole, b'0'..=b'9') => Self::Whole,
            (Self::Zero | Self::Whole, b'.') => Self::Point,
            (Self::Point | Self::Fraction, b'0'..=b'9') => Self::Fraction,
            (Self::Zero | Self::Whole | Self::Fraction, b'e' | b'E') => Self::E,
            (Self::E, b'+' | b'-') => Self::Sign,
            (Self::E | Self::Sign | Self::Exponent, b'0'..=b'9') => Self::Exponent,
            _ => return None,
        })
    }
}
