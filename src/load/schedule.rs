//! When requests are due: a rate, or a rate that changes from point to point. Times are offsets from the start of the run.

use std::time::Duration;

/// The highest rate, in requests per second.
pub const MAX_RATE: f64 = 1_000_000.0;

/// When the requests of an open loop are due.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule(Vec<Segment>);

/// A time in which the rate goes evenly from one value to another.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    /// In seconds.
    length: f64,
    from: f64,
    to: f64,
}

impl Segment {
    /// How many requests are due within the first `at` seconds.
    fn count(&self, at: f64) -> f64 {
        self.from * at + (self.to - self.from) * at * at / (2.0 * self.length)
    }

    /// When this many requests are due.
    fn time(&self, count: f64) -> f64 {
        let slope = (self.to - self.from) / self.length;
        // The root of slope/2·t² + from·t = count, in the form that is exact for small slopes.
        let root = (self.from * self.from + 2.0 * slope * count).max(0.0).sqrt();
        match self.from + root > 0.0 {
            true => (2.0 * count / (self.from + root)).min(self.length),
            false => 0.0,
        }
    }
}

impl Schedule {
    /// The same rate for a time.
    pub fn steady(rate: f64, length: Duration) -> Self {
        Self(vec![Segment { length: length.as_secs_f64(), from: rate, to: rate }])
    }

    /// Reads `0:10s,200:30s,0`: a rate, the time in which it goes to the next rate, and so on. The last has no time.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(
        text: &str,
        duration: impl Fn(&str) -> Result<Duration, String>,
    ) -> Result<Self, String> {
        let invalid = || {
            "expected RATE:TIME,RATE:TIME,…,RATE, such as 0:10s,200:30s,0: the rate, and the time in which it changes \
             to the next"
                .to_owned()
        };
        let points: Vec<_> = text.split(',').collect();
        let (last, points) = points.split_last().ok_or_else(invalid)?;
        let mut rates = Vec::new();
        for point in points {
            let (rate, time) = point.split_once(':').ok_or_else(invalid)?;
            let time = duration(time.trim())?;
            if time.is_zero() {
                return Err(invalid());
            }
            rates.push((rate_of(rate, 0.0)?, time.as_secs_f64()));
        }
        let ends = rates.iter().skip(1).map(|(rate, _)| *rate).chain([rate_of(last, 0.0)?]);
        let segments: Vec<_> = rates
            .iter()
            .zip(ends)
            .map(|(&(from, length), to)| Segment { length, from, to })
            .collect();
        match segments.iter().any(|segment| segment.from > 0.0 || segment.to > 0.0) {
            true => Ok(Self(segments)),
            false => Err(invalid()),
        }
    }

    /// The first part of it.
    pub fn within(self, limit: Duration) -> Self {
        let mut left = limit.as_secs_f64();
        let mut kept = Vec::new();
        for mut segment in self.0 {
            if left <= 0.0 {
                break;
            }
            if segment.length > left {
                segment.to = segment.from + (segment.to - segment.from) * left / segment.length;
                segment.length = left;
            }
            left -= segment.length;
            kept.push(segment);
        }
        Self(kept)
    }

    /// How long it is.
    pub fn length(&self) -> Duration {
        let seconds = self.0.iter().map(|segment| segment.length).sum();
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX)
    }

    /// How many requests are due in all.
    pub fn total(&self) -> u64 {
        let total: f64 = self.0.iter().map(|segment| segment.count(segment.length)).sum();
        // A rounding error does not count as a request.
        (total - 1e-6).ceil().max(0.0) as u64
    }

    /// The highest rate.
    pub fn peak(&self) -> f64 {
        self.0.iter().map(|segment| segment.from.max(segment.to)).fold(0.0, f64::max)
    }

    /// The parts: for each its length, its first and its last rate.
    pub fn parts(&self) -> impl Iterator<Item = (Duration, f64, f64)> {
        self.0.iter().map(|segment| {
            let length = Duration::try_from_secs_f64(segment.length).unwrap_or(Duration::MAX);
            (length, segment.from, segment.to)
        })
    }

    /// When the `n`-th request is due, counted from 0.
    pub fn due(&self, n: u64) -> Duration {
        let (mut left, mut start) = (n as f64, 0.0);
        for segment in &self.0 {
            let count = segment.count(segment.length);
            if left < count {
                let seconds = start + segment.time(left);
                return Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
            }
            left -= count;
            start += segment.length;
        }
        Duration::try_from_secs_f64(start).unwrap_or(Duration::MAX)
    }
}

/// A rate in requests per second.
///
/// # Errors
/// What was expected.
pub fn rate_of(text: &str, least: f64) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= least && rate <= MAX_RATE => Ok(rate),
        _ => Err(format!("expected requests per second, from {least} to {MAX_RATE}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(text: &str) -> Result<Duration, String> {
        let number = text.strip_suffix('s').and_then(|n| n.parse().ok());
        number.map(Duration::from_secs_f64).ok_or_else(|| "a time".to_owned())
    }

    #[test]
    fn a_steady_rate_is_even() {
        let schedule = Schedule::steady(1000.0, Duration::from_secs(6));
        assert_eq!((schedule.total(), schedule.due(0)), (6000, Duration::ZERO));
        assert_eq!(schedule.due(1500), Duration::from_millis(1500));
        assert_eq!(Schedule::steady(0.1, Duration::from_secs(1)).total(), 1);
    }

    #[test]
    fn a_ramp_has_the_area_below_it() {
        let schedule = Schedule::parse("0:10s,200:30s,0", seconds).unwrap();
        assert_eq!(schedule.total(), 1000 + 3000);
        assert_eq!((schedule.length(), schedule.peak()), (Duration::from_secs(40), 200.0));
        // A quarter of the requests of a triangle is due in half of its time.
        assert_eq!(schedule.due(250), Duration::from_secs(5));
        assert_eq!(schedule.due(1000), Duration::from_secs(10));
        let all: Vec<_> = (0..schedule.total()).map(|n| schedule.due(n)).collect();
        assert!(all.is_sorted() && *all.last().unwrap() < Duration::from_secs(40));
        let first = schedule.within(Duration::from_secs(5));
        assert_eq!((first.total(), first.peak()), (250, 100.0));
    }

    #[test]
    fn what_is_not_a_ramp_is_refused() {
        for text in ["", "1", "0:1s,0", "1:0s,2", "1,2", "1:1s", "x:1s,2", "-1:1s,2", "1:1s,1e9"] {
            assert!(Schedule::parse(text, seconds).is_err(), "{text}");
        }
    }
}
