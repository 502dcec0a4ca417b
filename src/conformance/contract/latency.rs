//! Limits for response times: `< 300 ms` for every response, `p95 < 300 ms` for a share of them.

use std::fmt;
use std::time::Duration;

use jiff::SignedDuration;

/// A limit for the response times of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatencyLimit {
    pub of: Share,
    /// Whether a time equal to the limit passes.
    pub is_inclusive: bool,
    pub limit: Duration,
}

/// Which response times a limit is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Share {
    /// Every one.
    All,
    /// The time that so many percent of them do not exceed.
    Percentile(usize),
}

impl LatencyLimit {
    /// Reads `p95 < 300 ms`. The error says, in a clause, what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected = || "expected a limit such as `< 2 s` or `p95 < 300 ms`".to_owned();
        let (of, rest) = text.split_once('<').ok_or_else(expected)?;
        let of = match of.trim() {
            "" | "max" => Share::All,
            percentile => {
                let number = percentile.strip_prefix('p').and_then(|text| text.parse().ok());
                let number = number.filter(|number| (1..=99).contains(number));
                Share::Percentile(number.ok_or_else(|| {
                    "before the `<`, expected nothing, `max`, or `p1` to `p99`".to_owned()
                })?)
            }
        };
        let (is_inclusive, time) = match rest.strip_prefix('=') {
            Some(time) => (true, time),
            None => (false, rest),
        };
        let duration: SignedDuration = time.trim().parse().map_err(|_| {
            "after the `<`, expected a time with its unit, such as 300 ms or 2 s".to_owned()
        })?;
        let limit = Duration::try_from(duration).ok().filter(|limit| !limit.is_zero());
        Ok(Self { of, is_inclusive, limit: limit.ok_or("expected a time greater than zero")? })
    }

    /// The smallest number of responses of which this is not simply the slowest.
    pub fn min_count(self) -> usize {
        match self.of {
            Share::All => 1,
            Share::Percentile(percent) => 100_usize.div_ceil(100 - percent.min(99)),
        }
    }

    pub fn admits(self, time: Duration) -> bool {
        time < self.limit || self.is_inclusive && time == self.limit
    }
}

impl fmt::Display for LatencyLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of, is_inclusive, limit } = self;
        if let Share::Percentile(percent) = of {
            write!(f, "p{percent} ")?;
        }
        let equals = if *is_inclusive { "=" } else { "" };
        write!(f, "<{equals} {} ms", limit.as_secs_f64() * 1e3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_as_people_write_them() {
        for (text, shown, count) in [
            ("p95 < 300 ms", "p95 < 300 ms", 20),
            ("p95<300ms", "p95 < 300 ms", 20),
            ("p99 <= 1.5s", "p99 <= 1500 ms", 100),
            ("p50 < 1m", "p50 < 60000 ms", 2),
            ("< 2 s", "< 2000 ms", 1),
            ("max < 250us", "< 0.25 ms", 1),
        ] {
            let limit = LatencyLimit::parse(text).unwrap();
            assert_eq!((limit.to_string().as_str(), limit.min_count()), (shown, count), "{text}");
        }
        for text in [
            "",
            "300 ms",
            "p95 > 300 ms",
            "p0 < 1s",
            "p100 < 1s",
            "q < 1s",
            "< 300",
            "< 0 s",
            "< -1s",
        ] {
            assert!(LatencyLimit::parse(text).is_err(), "{text}");
        }
        let limit = LatencyLimit::parse("< 10ms").unwrap();
        assert!(!limit.admits(Duration::from_millis(10)) && limit.admits(Duration::from_millis(9)));
        assert!(LatencyLimit::parse("<= 10ms").unwrap().admits(Duration::from_millis(10)));
    }
}
