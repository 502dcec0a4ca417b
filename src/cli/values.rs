//! How the values of options are read: pure functions from text to values, with errors that say what
//! was expected.

use std::path::PathBuf;
use std::time::Duration;

use crate::commands::listen::FixedResponse;
use crate::output::reports::{FORMATS, Format};
use crate::webhook::payload::set::Assignment;

use super::inspect::Since;
use super::replay::Speed;

/// A status that counts as success: one number, or a class of a hundred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedStatus {
    /// This status.
    Exactly(u16),
    /// Any status that starts with this digit.
    Class(u16),
}

impl ExpectedStatus {
    /// Whether `status` is expected.
    pub fn admits(self, status: u16) -> bool {
        match self {
            Self::Exactly(n) => n == status,
            Self::Class(n) => status / 100 == n,
        }
    }
}

impl std::fmt::Display for ExpectedStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::Class(n) => write!(f, "{n}xx"),
        }
    }
}

/// `400` or `4xx`.
pub fn expected_status(text: &str) -> Result<ExpectedStatus, String> {
    let bad = || "expected a status from 100 to 599, or a class such as 4xx".to_owned();
    if let Some(class) = text.to_ascii_lowercase().strip_suffix("xx") {
        let class = class.parse().map_err(|_| bad())?;
        return (1..=5)
            .contains(&class)
            .then_some(ExpectedStatus::Class(class))
            .ok_or_else(bad);
    }
    let status = text.parse().map_err(|_| bad())?;
    (100..=599)
        .contains(&status)
        .then_some(ExpectedStatus::Exactly(status))
        .ok_or_else(bad)
}

/// `30s`, `500ms`, `1m30s`, or seconds without a unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let bad = || "expected a time such as 30s, 500ms or 2m".to_owned();
    let read = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).map_err(|_| bad())?,
        Err(_) => {
            let signed: jiff::SignedDuration = text.parse().map_err(|_| bad())?;
            signed.try_into().map_err(|_| bad())?
        }
    };
    if read.is_zero() {
        return Err("expected a time greater than zero".to_owned());
    }
    // Clocks add it to now; a century is as good as for ever and cannot overflow.
    Ok(read.min(Duration::from_secs(100 * 365 * 86_400)))
}

/// `65536`, `64KiB`, `1MiB`, `2GB`; at most 1 GiB.
pub fn size(text: &str) -> Result<usize, String> {
    let bad = || "expected a size from 1 to 1GiB, such as 65536, 512KiB or 1MiB".to_owned();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let factor = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "kb" => 1_000,
        "m" | "mib" => 1 << 20,
        "mb" => 1_000_000,
        "g" | "gib" => 1 << 30,
        "gb" => 1_000_000_000,
        _ => return Err(bad()),
    };
    let bytes = digits
        .parse::<usize>()
        .ok()
        .and_then(|n| n.checked_mul(factor));
    bytes.filter(|n| (1..=1 << 30).contains(n)).ok_or_else(bad)
}

/// A number from 1 up.
pub fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("expected a number greater than zero".to_owned()),
    }
}

/// `max`, `original`, or so many times as fast: `10x`.
pub fn speed(text: &str) -> Result<Speed, String> {
    let bad = || "expected max, original, or a factor such as 10x".to_owned();
    match text {
        "max" => Ok(Speed::Max),
        "original" => Ok(Speed::Times(1.0)),
        _ => {
            let factor = text.strip_suffix('x').ok_or_else(bad)?;
            match factor.parse::<f64>() {
                Ok(n) if n.is_finite() && n > 0.0 => Ok(Speed::Times(n)),
                _ => Err(bad()),
            }
        }
    }
}

/// A moment (RFC 3339), or a time ago: `10m`.
pub fn since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse() {
        return Ok(Since::At(at));
    }
    duration(text).map(Since::Ago).map_err(|_| {
        "expected a moment such as 2026-01-31T12:00:00Z, or a time ago such as 10m".to_owned()
    })
}

/// A share from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1, such as 0.2".to_owned()),
    }
}

/// `503`, or a status and a body: `429:slow down`.
pub fn canned(text: &str) -> Result<FixedResponse, String> {
    let (status, body) = text.split_once(':').unwrap_or((text, ""));
    match status.parse() {
        Ok(status) if (200..=599).contains(&status) => Ok(FixedResponse {
            status,
            body: body.to_owned(),
        }),
        _ => Err("expected a status from 200 to 599, and `:` before a body".to_owned()),
    }
}

/// `KIND=FILE`.
pub fn report(text: &str) -> Result<(Format, PathBuf), String> {
    let (name, file) = text.split_once('=').unwrap_or_default();
    match Format::named(name).filter(|_| !file.is_empty()) {
        Some(format) => Ok((format, PathBuf::from(file))),
        None => Err(format!(
            "expected KIND=FILE, where KIND is one of: {}",
            FORMATS.map(|format| format.name).join(", ")
        )),
    }
}

/// A path on the listener: it starts with a slash and has no query.
pub fn path(text: &str) -> Result<String, String> {
    if text.starts_with('/') && !text.contains(['?', '#', ' ']) {
        return Ok(text.to_owned());
    }
    Err("expected a path that starts with `/`, without a query".to_owned())
}

/// `Name: value`. An empty value is allowed, a name that is no HTTP token is not.
pub fn header(text: &str) -> Result<(String, Vec<u8>), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("there is no colon; write it as 'Name: value'")?;
    http::HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| "what stands before the colon is no header name; write it as 'Name: value'")?;
    let value = value.trim();
    http::HeaderValue::from_bytes(value.as_bytes())
        .map_err(|_| "the value holds a character that no header can".to_owned())?;
    Ok((name.to_owned(), value.as_bytes().to_vec()))
}

/// `PATH=VALUE` or `PATH:=JSON`.
pub fn assignment(text: &str) -> Result<Assignment, String> {
    Assignment::parse(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        for (text, ms) in [
            ("30s", 30_000),
            ("500ms", 500),
            ("2m", 120_000),
            ("1m30s", 90_000),
            ("1.5", 1_500),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        for text in ["", "0", "-1", "-5s", "soon", "NaN", "1e400"] {
            assert!(duration(text).is_err(), "{text}");
        }
        assert!(duration("1e300").is_err());
        assert!(duration("999999999999s").is_ok());
    }

    #[test]
    fn shares_have_bounds() {
        assert_eq!(share("0.2"), Ok(0.2));
        for text in ["", "-0.1", "1.01", "NaN", "half"] {
            assert!(share(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_units_and_bounds() {
        assert_eq!(size("1MiB"), Ok(1 << 20));
        assert_eq!(size("65536"), Ok(65_536));
        assert_eq!(size("512k"), Ok(512 << 10));
        for text in ["", "0", "2GiB", "1TiB", "-1", "99999999999999999999", "MiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn headers_need_a_colon_and_a_name() {
        assert_eq!(header("X-A:  b:c "), Ok(("X-A".into(), b"b:c".to_vec())));
        for text in ["X-A", ": b", "X A: b", "X-A: b\nc"] {
            assert!(header(text).is_err(), "{text}");
        }
    }
}
