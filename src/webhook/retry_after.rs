//! How long an endpoint asks to be left alone: the `Retry-After` header (RFC 9110, section 10.2.3).

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The three forms of a date in HTTP, the two that nobody should write any more included.
const DATES: [&str; 3] = [
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
];

/// The wait that a `Retry-After` value asks for: seconds, or a date seen from `now`. A date that is over
/// asks for none; `None` is a value that is neither.
pub fn wait(value: &[u8], now: Timestamp) -> Option<Duration> {
    let text = std::str::from_utf8(value).ok()?.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // More seconds than fit are as good as for ever.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text.as_bytes())?.duration_since(now);
    Some(until.try_into().unwrap_or(Duration::ZERO))
}

/// A date as HTTP writes it.
pub fn date(value: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(value).ok()?.trim();
    DATES.iter().find_map(|form| {
        let date = DateTime::strptime(form, text).ok()?;
        let zoned = date.to_zoned(TimeZone::UTC).ok()?;
        Some(zoned.timestamp())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_all_three_dates() {
        // RFC 9110, section 5.6.7: the same moment three times.
        let now = Timestamp::from_second(784_111_777 - 90).unwrap();
        for (value, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(90)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(90)),
            ("Sun Nov  6 08:49:37 1994", Some(90)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Fri, 99 Nov 1994 08:49:37 GMT", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(wait(value.as_bytes(), now), expected, "{value}");
        }
        assert_eq!(wait(b"\xff", now), None);
    }
}
