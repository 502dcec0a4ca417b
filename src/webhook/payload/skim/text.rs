//! A JSON string that is only looked at: whether it is one, and its beginning where that is wanted.

/// A string on its way, behind its first quotation mark.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// What was read; given up when it is longer than `most`.
    kept: Vec<u8>,
    most: usize,
    /// The beginning of a character whose end is in the next piece.
    cut: Vec<u8>,
    escape: Escape,
}

/// Where in an escape sequence it is.
#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    No,
    /// Behind the `\`.
    Begun(Surrogate),
    /// Behind `\u` and so many digits.
    Digits(u8, u16, Surrogate),
    /// Behind a high surrogate.
    Half(u16),
}

/// The high surrogate that came before.
type Surrogate = Option<u16>;

/// How far [`Text::advance`] came, and what is behind that.
pub(super) enum Step<'p> {
    More(&'p [u8]),
    /// Behind the string's end.
    End(&'p [u8]),
}

impl Text {
    /// At the beginning of another string, of which so many bytes are worth keeping.
    pub fn begin(&mut self, most: usize) {
        self.kept.clear();
        self.most = most;
        self.escape = Escape::No;
    }

    /// Takes something off the beginning of `piece`; `None` when that belongs to no string.
    pub fn advance<'p>(&mut self, piece: &'p [u8]) -> Option<Step<'p>> {
        if !matches!(self.escape, Escape::No) {
            let (&byte, rest) = piece.split_first()?;
            self.go_on_with_escape(byte)?;
            return Some(Step::More(rest));
        }
        let (plain, behind) = piece.split_at_checked(plain(piece))?;
        self.take(plain)?;
        let Some((&byte, rest)) = behind.split_first() else {
            return Some(Step::More(behind));
        };
        // What is between two of these has to be whole characters.
        if !self.cut.is_empty() {
            return None;
        }
        match byte {
            b'"' => Some(Step::End(rest)),
            b'\\' => {
                self.escape = Escape::Begun(None);
                Some(Step::More(rest))
            }
            _ => None,
        }
    }

    /// The string; `None` when it was too long to be kept.
    pub fn kept(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.kept).ok();
        text.filter(|text| text.len() <= self.most)
    }

    /// Bytes without an escape; a character may be cut at either end.
    fn take(&mut self, mut bytes: &[u8]) -> Option<()> {
        while !self.cut.is_empty() {
            let Some((byte, rest)) = bytes.split_first() else {
                return Some(());
            };
            self.cut.push(*byte);
            bytes = rest;
            match std::str::from_utf8(&self.cut) {
                Ok(_) => {
                    let whole = std::mem::take(&mut self.cut);
                    self.keep(&whole);
                }
                Err(why) if why.error_len().is_some() => return None,
                Err(_) => {}
            }
        }
        let whole = match std::str::from_utf8(bytes) {
            Ok(text) => text.len(),
            Err(why) if why.error_len().is_some() => return None,
            Err(why) => why.valid_up_to(),
        };
        let (whole, cut) = bytes.split_at_checked(whole)?;
        self.keep(whole);
        self.cut.extend_from_slice(cut);
        Some(())
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.kept.len() <= self.most {
            // One more than is worth keeping tells that there was more.
            let room = self.most + 1 - self.kept.len();
            self.kept.extend(bytes.iter().take(room));
        }
    }

    fn go_on_with_escape(&mut self, byte: u8) -> Option<()> {
        self.escape = match (self.escape, byte) {
            (Escape::Half(high), b'\\') => Escape::Begun(Some(high)),
            (Escape::Begun(high), b'u') => Escape::Digits(0, 0, high),
            (Escape::Begun(None), _) => {
                self.keep(&[single(byte)?]);
                Escape::No
            }
            (Escape::Digits(count, unit, high), _) => {
                let digit = char::from(byte).to_digit(16)?;
                let unit = unit << 4 | u16::try_from(digit).ok()?;
                match count {
                    3 => self.unit(unit, high)?,
                    _ => Escape::Digits(count + 1, unit, high),
                }
            }
            _ => return None,
        };
        Some(())
    }

    /// One unit of UTF-16, behind a high surrogate or none.
    fn unit(&mut self, unit: u16, high: Surrogate) -> Option<Escape> {
        if high.is_none() && (0xd800..0xdc00).contains(&unit) {
            return Some(Escape::Half(unit));
        }
        let units = high.into_iter().chain([unit]);
        for c in char::decode_utf16(units) {
            self.keep(c.ok()?.encode_utf8(&mut [0; 4]).as_bytes());
        }
        Some(Escape::No)
    }
}

fn single(byte: u8) -> Option<u8> {
    Some(match byte {
        b'"' | b'\\' | b'/' => byte,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => return None,
    })
}

/// How many bytes there are before a quotation mark, a `\` or a control character.
fn plain(bytes: &[u8]) -> usize {
    const AT_ONCE: usize = 32;
    let is_plain = |b: &u8| (*b >= 0x20) & (*b != b'"') & (*b != b'\\');
    // All of a block is looked at, without a way out: so the compiler looks at many bytes at once.
    let all = |block: &[u8; AT_ONCE]| block.iter().fold(true, |all, b| all & is_plain(b));
    let (blocks, _) = bytes.as_chunks::<AT_ONCE>();
    let before = AT_ONCE * blocks.iter().take_while(|block| all(block)).count();
    let rest = bytes.get(before..).unwrap_or_default();
    before + rest.iter().take_while(|b| is_plain(b)).count()
}
