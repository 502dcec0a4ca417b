//! Parsers of option values: pure functions from text to values, with errors that say what was expected.

use std::path::PathBuf;

use crate::commands::listen::FixedResponse;
use crate::commands::send::ExpectedStatus;
use crate::output::reports::{FORMATS, Format};
use crate::webhook::payload::set::Assignment;

pub use crate::config::file::{duration, header};

use super::inspect::Since;
use super::replay::Speed;

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

/// `max`, `original`, or a factor: `10x`.
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

/// A time (RFC 3339), or a duration before now: `10m`.
pub fn since(text: &str) -> Result<Since, String> {
    if let Ok(at) = text.parse() {
        return Ok(Since::At(at));
    }
    duration(text).map(Since::Ago).map_err(|_| {
        "expected a time such as 2026-01-31T12:00:00Z, or a duration before now such as 10m"
            .to_owned()
    })
}

/// A number from 1 up.
pub fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if factor.is_finite() && factor >= 1.0 => Ok(factor),
        _ => Err("expected a number of at least 1, such as 2 or 1.5".to_owned()),
    }
}

/// A share from 0 to 1.
pub fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("expected a number from 0 to 1, such as 0.2".to_owned()),
    }
}

/// `503`, or a status and a body: `429:slow down`.
pub fn fixed_response(text: &str) -> Result<FixedResponse, String> {
    let (status, body) = text.split_once(':').unwrap_or((text, ""));
    match status.parse() {
        Ok(status) if (200..=599).contains(&status) => Ok(FixedResponse {
            status,
            body: body.to_owned(),
        }),
        _ => Err("expected a status from 200 to 599, optionally `:` and a body".to_owned()),
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

/// `PATH=VALUE` or `PATH:=JSON`.
pub fn assignment(text: &str) -> Result<Assignment, String> {
    Assignment::parse(text).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn factors_have_bounds() {
        assert_eq!(factor("1.5"), Ok(1.5));
        for text in ["", "0", "0.9", "-2", "inf", "NaN", "1e999", "two"] {
            assert!(factor(text).is_err(), "{text}");
        }
    }
}
