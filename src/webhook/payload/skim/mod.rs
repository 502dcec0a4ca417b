//! A body read no further than recognising it takes: whether it is JSON, and its outline. It may come
//! piece by piece, of any size: nothing of it is held but the names that tell providers apart.

mod number;
mod text;

use super::outline::{Landmarks, Mark, Outline};
use number::Number;
use text::{Step, Text};

/// How deep arrays and objects may be in one another: as deep as for the library that reads a body whole.
const DEEPEST: usize = 127;

/// The outline of `body`; `None` where reading all of it as JSON would be an error.
pub fn skim(landmarks: &Landmarks, body: &[u8]) -> Option<Outline> {
    let mut skimmer = Skimmer::new(landmarks);
    skimmer.feed(body);
    skimmer.finish()
}

/// Reads a body that comes in pieces.
#[derive(Debug)]
pub struct Skimmer<'l> {
    landmarks: &'l Landmarks,
    outline: Outline,
    state: State,
    /// What is around the place that was reached, outermost first.
    around: Vec<Around>,
    /// The landmark that the next value is at.
    here: Option<Mark>,
    text: Text,
    number: Number,
}

/// What may come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    /// A value or the end of the array.
    FirstValue,
    /// A key or the end of the object.
    FirstKey,
    Key,
    Colon,
    /// A comma or the end of what is around.
    AfterValue,
    InKey,
    InText,
    InNumber,
    /// The rest of `true`, `false` or `null`.
    InWord(&'static [u8]),
    /// Nothing but space.
    End,
    /// It is no JSON.
    Broken,
}

#[derive(Clone, Copy, Debug)]
struct Around {
    is_object: bool,
    /// The landmark that this is, if it is one that has others inside.
    mark: Option<Mark>,
    /// How many values began in it.
    count: u64,
}

impl<'l> Skimmer<'l> {
    /// At the beginning of a body.
    pub fn new(landmarks: &'l Landmarks) -> Self {
        Self {
            landmarks,
            outline: Outline::empty(landmarks),
            state: State::Value,
            around: Vec::new(),
            here: Some(Mark::BODY),
            text: Text::default(),
            number: Number::default(),
        }
    }

    /// Goes on with the next bytes.
    pub fn feed(&mut self, mut piece: &[u8]) {
        while self.state != State::Broken && !piece.is_empty() {
            match self.advance(piece) {
                Some(rest) => piece = rest,
                None => self.state = State::Broken,
            }
        }
    }

    /// The outline, when that was a whole JSON text.
    pub fn finish(mut self) -> Option<Outline> {
        if self.state == State::InNumber && self.around.is_empty() && self.number.end() {
            self.state = State::End;
        }
        (self.state == State::End).then_some(self.outline)
    }

    /// Takes something off the beginning of `piece`, and gives the rest.
    fn advance<'p>(&mut self, piece: &'p [u8]) -> Option<&'p [u8]> {
        match self.state {
            State::InKey | State::InText => return self.go_on_with_text(piece),
            State::InNumber => return self.go_on_with_number(piece),
            State::InWord(word) => return self.go_on_with_word(word, piece),
            _ => {}
        }
        let (&byte, rest) = piece.split_first()?;
        match (self.state, byte) {
            (_, b' ' | b'\n' | b'\t' | b'\r') => {}
            (State::Value | State::FirstValue, _) if byte != b']' => return self.begin(piece),
            (State::FirstValue | State::AfterValue, b']') => self.close(false)?,
            (State::FirstKey | State::AfterValue, b'}') => self.close(true)?,
            (State::FirstKey | State::Key, b'"') => {
                let is_wanted = self
                    .around
                    .last()
                    .is_some_and(|around| around.mark.is_some());
                self.text.begin(if is_wanted {
                    self.landmarks.longest()
                } else {
                    0
                });
                self.state = State::InKey;
            }
            (State::Colon, b':') => self.state = State::Value,
            (State::AfterValue, b',') => {
                self.state = match self.around.last()?.is_object {
                    true => State::Key,
                    false => State::Value,
                }
            }
            _ => return None,
        }
        Some(rest)
    }

    /// The beginning of a value.
    fn begin<'p>(&mut self, piece: &'p [u8]) -> Option<&'p [u8]> {
        let (&byte, rest) = piece.split_first()?;
        if let Some(array) = self.around.last_mut().filter(|around| !around.is_object) {
            let index = array.count;
            array.count += 1;
            let inside = |mark| self.landmarks.inside(mark, index.to_string().as_bytes());
            self.here = array.mark.and_then(inside);
        }
        if let Some(mark) = self.here {
            self.outline.enter(self.landmarks, mark);
        }
        match byte {
            b'{' | b'[' => self.open(byte == b'{')?,
            b'"' => {
                self.text
                    .begin(self.here.map_or(0, |_| self.landmarks.longest()));
                self.state = State::InText;
            }
            b't' => self.state = State::InWord(b"rue"),
            b'f' => self.state = State::InWord(b"alse"),
            b'n' => self.state = State::InWord(b"ull"),
            b'-' | b'0'..=b'9' => {
                self.number = Number::default();
                self.state = State::InNumber;
                return Some(piece);
            }
            _ => return None,
        }
        Some(rest)
    }

    fn open(&mut self, is_object: bool) -> Option<()> {
        if self.around.len() == DEEPEST {
            return None;
        }
        if is_object && self.around.is_empty() {
            self.outline.set_object();
        }
        let has_inner = |mark: &Mark| !self.landmarks.inner(*mark).is_empty();
        self.around.push(Around {
            is_object,
            mark: self.here.filter(has_inner),
            count: 0,
        });
        self.state = match is_object {
            true => State::FirstKey,
            false => State::FirstValue,
        };
        Some(())
    }

    fn close(&mut self, is_object: bool) -> Option<()> {
        let around = self.around.pop()?;
        self.after_value();
        (around.is_object == is_object).then_some(())
    }

    fn after_value(&mut self) {
        self.state = match self.around.is_empty() {
            true => State::End,
            false => State::AfterValue,
        };
    }

    fn go_on_with_text<'p>(&mut self, piece: &'p [u8]) -> Option<&'p [u8]> {
        let rest = match self.text.advance(piece)? {
            Step::More(rest) => return Some(rest),
            Step::End(rest) => rest,
        };
        if self.state == State::InKey {
            let around = self.around.last()?.mark;
            let key = self.text.kept();
            let inside = |mark| self.landmarks.inside(mark, key?.as_bytes());
            self.here = around.and_then(inside);
            self.state = State::Colon;
            return Some(rest);
        }
        if let (Some(mark), Some(text)) = (self.here, self.text.kept()) {
            self.outline.set_text(self.landmarks, mark, text);
        }
        self.after_value();
        Some(rest)
    }

    fn go_on_with_number<'p>(&mut self, piece: &'p [u8]) -> Option<&'p [u8]> {
        let rest = self.number.advance(piece)?;
        if !rest.is_empty() {
            self.number.end().then_some(())?;
            self.after_value();
        }
        Some(rest)
    }

    fn go_on_with_word<'p>(&mut self, word: &'static [u8], piece: &'p [u8]) -> Option<&'p [u8]> {
        let (next, word) = word.split_first()?;
        let rest = piece.strip_prefix(&[*next])?;
        match word {
            [] => self.after_value(),
            _ => self.state = State::InWord(word),
        }
        Some(rest)
    }
}

#[cfg(test)]
mod tests;
