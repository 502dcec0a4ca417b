//! The one noun: a webhook request as it was on the wire. Every verb of the tool takes or makes one,
//! so its body and its headers are kept as bytes and never re-written.

use std::net::SocketAddr;

use bytes::Bytes;
use jiff::Timestamp;

/// One webhook request, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The request method as sent, such as `POST`.
    pub method: String,
    /// The request target as sent: path and query.
    pub target: String,
    /// The headers in the order sent.
    pub headers: Headers,
    /// The body's bytes, after the transfer coding and before any content coding is undone.
    pub body: Bytes,
    /// When the whole request had been read; `None` for one that was made or read from a file.
    pub received_at: Option<Timestamp>,
    /// Who sent it; `None` for one that was made or read from a file.
    pub peer: Option<SocketAddr>,
}

impl Delivery {
    /// A `POST` of `body` to `target` without headers.
    pub fn post(target: &str, body: Bytes) -> Self {
        Self {
            method: "POST".to_owned(),
            target: target.to_owned(),
            headers: Headers::default(),
            body,
            received_at: None,
            peer: None,
        }
    }
}

/// Headers in wire order: duplicates, the case of names and the bytes of values are kept.
/// Look-ups ignore the case of names, as HTTP does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(String, Vec<u8>)>);

impl Headers {
    /// Adds a header at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<Vec<u8>>) {
        self.0.push((name.into(), value.into()));
    }

    /// Adds a header behind the last one of that name, or at the end when there is none.
    pub fn push_beside(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let last = self
            .0
            .iter()
            .rposition(|(n, _)| n.eq_ignore_ascii_case(name));
        let place = last.map_or(self.0.len(), |at| at + 1);
        self.0.insert(place, (name.to_owned(), value.into()));
    }

    /// Every header, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(n, v)| (n.as_str(), v.as_slice()))
    }

    /// The values of every header called `name`, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.iter()
            .filter(move |(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    }

    /// The first value called `name`.
    pub fn get<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Removes every header called `name`; says whether there was one.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.0.len() != before
    }

    /// Gives `name` the one value `value`, in the place of the first header of that name.
    pub fn set(&mut self, name: &str, value: impl Into<Vec<u8>>) {
        let place = self
            .0
            .iter()
            .position(|(n, _)| n.eq_ignore_ascii_case(name));
        self.remove(name);
        let place = place.unwrap_or(self.0.len()).min(self.0.len());
        self.0.insert(place, (name.to_owned(), value.into()));
    }

    /// How many headers there are, duplicates counted.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no header at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<String>, V: Into<Vec<u8>>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(iter: T) -> Self {
        Self(
            iter.into_iter()
                .map(|(n, v)| (n.into(), v.into()))
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn order_duplicates_case_and_bytes_are_kept() {
        let mut headers: Headers = [("X-B", "1"), ("x-a", "2"), ("x-b", "3")]
            .into_iter()
            .collect();
        headers.push("X-Raw", vec![0xff]);
        assert_eq!(headers.all("x-b").collect::<Vec<_>>(), [b"1", b"3"]);
        headers.set("x-B", "9");
        let names: Vec<_> = headers.iter().map(|(n, _)| n).collect();
        assert_eq!(names, ["x-B", "x-a", "X-Raw"]);
        assert_eq!(headers.get("x-raw"), Some(&[0xff][..]));
    }
}
