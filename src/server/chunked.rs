//! Finds the end of a chunked body (RFC 9112, 7.1) without keeping its data. As strict as hyper, so that the two agree
//! on where the next request begins: a line ends with CR LF, and a line feed alone is a byte like any other or an error.

/// Decodes the framing of a chunked body; the variants are the positions within it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum ChunkedDecoder {
    /// In a size line's digits: the size so far, and whether there was a digit.
    Size(u64, bool),
    /// After the digits, up to the CR.
    Extension(u64),
    /// Before the LF of a size line.
    SizeLf(u64),
    /// In data.
    Data(u64),
    /// Before the CR after data.
    DataCr,
    /// Before the LF after data.
    DataLf,
    /// At the start of a trailer line, or of the empty line that ends the body.
    Line,
    /// In a trailer line.
    Trailer,
    /// Before the LF of a trailer line.
    TrailerLf,
    /// Before the last LF.
    LastLf,
}

/// The position after some bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// Still in the body.
    Inside,
    /// The body has ended after this many bytes.
    Ended(usize),
    /// This is not a chunked body.
    Invalid,
}

impl Default for ChunkedDecoder {
    fn default() -> Self {
        Self::Size(0, false)
    }
}

impl ChunkedDecoder {
    /// Takes the next bytes.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Progress {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            if let Self::Data(left) = self {
                let count = usize::try_from(*left)
                    .unwrap_or(usize::MAX)
                    .min(bytes.len() - at);
                *left -= count as u64;
                at += count;
                if *left == 0 {
                    *self = Self::DataCr;
                }
                continue;
            }
            at += 1;
            *self = match (&*self, byte) {
                (Self::LastLf, b'\n') => return Progress::Ended(at),
                (state, byte) => match state.next(byte) {
                    Some(next) => next,
                    None => return Progress::Invalid,
                },
            };
        }
        Progress::Inside
    }

    fn next(&self, byte: u8) -> Option<Self> {
        Some(match (self, byte) {
            (Self::Size(size, true), b'\r') => Self::SizeLf(*size),
            (Self::Size(size, true), b';' | b' ' | b'\t') => Self::Extension(*size),
            (Self::Size(size, _), digit) => {
                let digit = char::from(digit).to_digit(16)?;
                let size = size.checked_mul(16)?.checked_add(u64::from(digit))?;
                Self::Size(size, true)
            }
            (Self::Extension(size), b'\r') => Self::SizeLf(*size),
            (Self::Extension(_), b'\n') => return None,
            (Self::Extension(size), _) => Self::Extension(*size),
            (Self::SizeLf(0), b'\n') => Self::Line,
            (Self::SizeLf(size), b'\n') => Self::Data(*size),
            (Self::DataCr, b'\r') => Self::DataLf,
            (Self::DataLf, b'\n') => Self::default(),
            (Self::Line, b'\r') => Self::LastLf,
            (Self::Trailer, b'\r') => Self::TrailerLf,
            (Self::Line | Self::Trailer, _) => Self::Trailer,
            (Self::TrailerLf, b'\n') => Self::Line,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"5;x=y\r\nhello\r\n1 \r\n \r\n00\r\nA: b\nc\r\nD: e\r\n\r\n";

    #[test]
    fn the_end_is_found_however_the_bytes_arrive() {
        for split in 0..BODY.len() {
            let mut decoder = ChunkedDecoder::default();
            assert_eq!(decoder.feed(&BODY[..split]), Progress::Inside, "{split}");
            let rest = [&BODY[split..], b"POST"].concat();
            assert_eq!(decoder.feed(&rest), Progress::Ended(BODY.len() - split));
        }
    }

    #[test]
    fn bytes_that_are_not_chunks_are_invalid() {
        for bytes in [
            "\r\n",
            "x\r\n",
            "5\n",
            "5;a\n",
            "5\r\nhelloX",
            "0\r\n\rX",
            "fffffffffffffffff\r\n",
            "0\r\nA\rX",
        ] {
            assert_eq!(
                ChunkedDecoder::default().feed(bytes.as_bytes()),
                Progress::Invalid,
                "{bytes:?}"
            );
        }
    }
}
