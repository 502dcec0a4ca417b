//! The keys of a JSON text, found in one pass that builds no tree and accepts a text that is cut off. It tells what a
//! file holds before a parser reads it.

use memchr::memchr2;

/// How deep containers are looked into, and how many keys and items are kept: the beginning tells the format.
const MAX_DEPTH: usize = 7;
const MAX_ENTRIES: usize = 4096;

/// The keys of the first JSON value of a text, down to some depth, with the first item of each array.
#[derive(Debug)]
pub(super) struct Outline<'t> {
    entries: Vec<Entry<'t>>,
    pub end: End<'t>,
}

/// How the first value ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End<'t> {
    /// Nothing but white space follows.
    Complete,
    /// Something else follows.
    Followed(&'t [u8]),
    /// The text ends before the value does.
    Cut,
    /// It is not JSON.
    Broken,
}

/// A key of an object and its value, or an item of an array.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'t> {
    /// The entry that holds it; `None` for the value itself.
    parent: Option<usize>,
    /// The key as it is written, without its quotes; `0` for an item of an array.
    pub name: &'t [u8],
    /// The text of the value, to the end of the text when it is cut off.
    pub value: &'t [u8],
}

/// An object or array that is open.
struct Frame<'t> {
    entry: usize,
    start: usize,
    is_array: bool,
    /// The key whose value comes next.
    key: Option<&'t [u8]>,
    has_item: bool,
}

impl<'t> Outline<'t> {
    /// The outline of a text that starts with `{` or `[`.
    pub fn new(text: &'t [u8]) -> Self {
        let mut outline = Self { entries: Vec::new(), end: End::Cut };
        outline.end = outline.scan(text);
        outline
    }

    fn scan(&mut self, text: &'t [u8]) -> End<'t> {
        let mut frames: Vec<Frame<'t>> = Vec::new();
        let mut at = 0;
        let end = loop {
            let Some(byte) = text.get(at).copied() else {
                break End::Cut;
            };
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b',' => {
                    match frames.last_mut() {
                        Some(frame) => frame.key = None,
                        None => break End::Broken,
                    }
                    at += 1;
                }
                b'}' | b']' => {
                    at += 1;
                    let Some(frame) = frames.pop() else {
                        break End::Broken;
                    };
                    if frame.is_array != (byte == b']') {
                        break End::Broken;
                    }
                    self.close(&frame, text, at);
                    if frames.is_empty() {
                        let rest = text.get(at..).unwrap_or_default().trim_ascii_start();
                        return if rest.is_empty() { End::Complete } else { End::Followed(rest) };
                    }
                }
                b'"' if frames.last().is_some_and(|f| !f.is_array && f.key.is_none()) => {
                    let Some(end) = string_end(text, at) else {
                        break End::Cut;
                    };
                    let key = text.get(at + 1..end - 1).unwrap_or_default();
                    let rest = text.get(end..).unwrap_or_default();
                    let blank = rest.len() - rest.trim_ascii_start().len();
                    match rest.get(blank) {
                        Some(b':') => {}
                        Some(_) => break End::Broken,
                        None => break End::Cut,
                    }
                    if let Some(frame) = frames.last_mut() {
                        frame.key = Some(key);
                    }
                    at = end + blank + 1;
                }
                b'{' | b'[' => {
                    let is_array = byte == b'[';
                    match self.open(&mut frames, text, at) {
                        Some(entry) => {
                            let frame =
                                Frame { entry, start: at, is_array, key: None, has_item: false };
                            frames.push(frame);
                            at += 1;
                        }
                        None => match container_end(text, at) {
                            Some(end) => at = end,
                            None => break End::Cut,
                        },
                    }
                }
                _ if frames.is_empty() => break End::Broken,
                _ => {
                    let end = match byte {
                        b'"' => string_end(text, at),
                        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => Some(scalar_end(text, at)),
                        _ => break End::Broken,
                    };
                    let Some(end) = end else {
                        self.add(&mut frames, text.get(at..).unwrap_or_default());
                        break End::Cut;
                    };
                    if end == at {
                        break End::Broken;
                    }
                    self.add(&mut frames, text.get(at..end).unwrap_or_default());
                    at = end;
                }
            }
        };
        while let Some(frame) = frames.pop() {
            self.close(&frame, text, text.len());
        }
        end
    }

    /// The entry of a container that starts at `at`; `None` when it is not looked into.
    fn open(&mut self, frames: &mut [Frame<'t>], text: &'t [u8], at: usize) -> Option<usize> {
        let rest = text.get(at..).unwrap_or_default();
        if frames.is_empty() {
            self.entries.push(Entry { parent: None, name: b"", value: rest });
            return Some(0);
        }
        let depth = frames.len();
        let entry = self.add(frames, rest)?;
        (depth < MAX_DEPTH).then_some(entry)
    }

    /// Adds a value to the container that is open; `None` when it is not kept.
    fn add(&mut self, frames: &mut [Frame<'t>], value: &'t [u8]) -> Option<usize> {
        let frame = frames.last_mut()?;
        let name = match frame.is_array {
            true if frame.has_item => return None,
            true => b"0",
            // A value without a key is not JSON, which is said elsewhere.
            false => frame.key?,
        };
        frame.has_item = true;
        if self.entries.len() >= MAX_ENTRIES {
            return None;
        }
        self.entries.push(Entry { parent: Some(frame.entry), name, value });
        Some(self.entries.len() - 1)
    }

    fn close(&mut self, frame: &Frame<'_>, text: &'t [u8], end: usize) {
        if let Some(entry) = self.entries.get_mut(frame.entry) {
            entry.value = text.get(frame.start..end).unwrap_or_default();
        }
    }

    /// The value at a path of keys, such as `log/entries/0`: its text.
    pub fn at(&self, path: &str) -> Option<&'t [u8]> {
        let mut index = 0;
        for name in path.split('/') {
            let (found, _) =
                self.members(index).find(|(_, entry)| entry.name == name.as_bytes())?;
            index = found;
        }
        self.entries.get(index).map(|entry| entry.value)
    }

    /// Whether there is a value at each of these paths.
    pub fn has(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.at(path).is_some())
    }

    /// Every object with its members, and how many objects it is inside of. Arrays do not count: a list may hold what
    /// could also stand alone.
    pub fn objects(&self) -> impl Iterator<Item = (usize, Vec<Entry<'t>>)> + '_ {
        let mut members: Vec<Vec<Entry<'t>>> = vec![Vec::new(); self.entries.len()];
        let mut depths: Vec<usize> = Vec::with_capacity(self.entries.len());
        for entry in &self.entries {
            let holder = entry.parent.and_then(|parent| members.get_mut(parent));
            holder.into_iter().for_each(|list| list.push(*entry));
            let is_inside = entry.value.starts_with(b"{")
                && entry
                    .parent
                    .and_then(|parent| self.entries.get(parent))
                    .is_some_and(|holder| holder.value.starts_with(b"{"));
            let above = entry.parent.and_then(|parent| depths.get(parent)).copied();
            depths.push(above.unwrap_or_default() + usize::from(is_inside));
        }
        let all = self.entries.iter().zip(depths.into_iter().zip(members));
        all.filter(|(entry, _)| entry.value.starts_with(b"{")).map(|(_, object)| object)
    }

    fn members(&self, parent: usize) -> impl Iterator<Item = (usize, &Entry<'t>)> {
        let all = self.entries.iter().enumerate().skip(parent + 1);
        all.filter(move |(_, entry)| entry.parent == Some(parent))
    }
}

/// Just after the string that starts at `at`.
fn string_end(text: &[u8], at: usize) -> Option<usize> {
    let mut from = at + 1;
    loop {
        let found = from + memchr2(b'"', b'\\', text.get(from..)?)?;
        match text.get(found) {
            Some(b'"') => return Some(found + 1),
            _ => from = found + 2,
        }
    }
}

/// Just after the number or word that starts at `at`.
fn scalar_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.');
    at + rest.iter().position(|b| !is_part(b)).unwrap_or(rest.len())
}

/// Just after the object or array that a text starts with; `None` when it is cut off or something else.
pub(super) fn value_end(text: &[u8]) -> Option<usize> {
    matches!(text.first(), Some(b'{' | b'[')).then(|| container_end(text, 0))?
}

/// Just after the object or array that starts at `at`.
fn container_end(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        let is_mark = |b: &u8| matches!(b, b'"' | b'{' | b'}' | b'[' | b']');
        at += text.get(at..)?.iter().position(is_mark)?;
        match text.get(at) {
            Some(b'"') => {
                at = string_end(text, at)?;
                continue;
            }
            Some(b'{' | b'[') => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// The longest first key that is looked at.
pub(super) const MAX_KEY: usize = 16;

/// The first key of a JSON object, and what follows its colon.
pub(super) fn first_key(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.strip_prefix(b"{")?.trim_ascii_start();
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().take(MAX_KEY).position(|b| *b == b'"')?;
    let rest = text.get(end + 1..)?.trim_ascii_start();
    let value = rest.strip_prefix(b":")?.trim_ascii_start();
    Some((text.get(..end)?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> Outline<'_> {
        Outline::new(text.as_bytes())
    }

    #[test]
    fn values_are_found_by_their_paths() {
        let text = r#" {"a" : {"b":[{"c":"}]\"x"}, {"c":2}], "d":[[1,2],3]}, "e":-1.5e3,"f":[]} "#;
        let found = outline(text.trim_start());
        assert_eq!(found.end, End::Complete);
        for (path, value) in [
            ("a/b/0/c", Some(r#""}]\"x""#)),
            ("a/d/0/0", Some("1")),
            ("a/d", Some("[[1,2],3]")),
            ("e", Some("-1.5e3")),
            ("f", Some("[]")),
            ("f/0", None),
            ("a/b/1", None),
            ("c", None),
            ("a/c", None),
        ] {
            assert_eq!(found.at(path), value.map(str::as_bytes), "{path}");
        }
        assert!(found.has(&["a", "f"]) && !found.has(&["a", "g"]));
    }

    #[test]
    fn every_end_is_told_apart() {
        let rest = |text: &'static str| End::Followed(text.as_bytes());
        for (text, end) in [
            ("{}", End::Complete),
            ("[1]\r\n ", End::Complete),
            ("{}\n{}", rest("{}")),
            ("[1] x", rest("x")),
            ("{", End::Cut),
            (r#"{"a":"b"#, End::Cut),
            (r#"{"a":{"b":[1"#, End::Cut),
            (r#"{"a""#, End::Cut),
            (r#"{"a" 1}"#, End::Broken),
            ("{]", End::Broken),
            ("{'a':1}", End::Broken),
            ("[package]", End::Broken),
        ] {
            assert_eq!(outline(text).end, end, "{text}");
        }
        let cut = outline(r#"{"a":{"headers":[{"b"#);
        assert_eq!(cut.at("a/headers/0"), Some(&br#"{"b"#[..]));
    }

    #[test]
    fn deep_and_wide_texts_are_passed_over() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(outline(&deep).end, End::Complete);
        let wide = format!("{{{}\"z\":{{\"y\":[{{}}]}}}}", "\"a\":1,".repeat(100_000));
        let found = outline(&wide);
        assert_eq!((found.end, found.entries.len()), (End::Complete, MAX_ENTRIES));
        let cut = "[{\"a\":".repeat(100_000);
        assert_eq!(outline(&cut).end, End::Cut);
    }
}
