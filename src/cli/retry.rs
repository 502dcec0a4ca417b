//! How `send` retries, as clap sees it.

use std::time::Duration;

use clap::Args;

use super::values;

/// The retries of a provider, lived here.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Retrying")]
pub struct RetryArgs {
    /// Try again as a provider does, with growing waits, until the answer is a success
    #[arg(long, conflicts_with_all = ["dry_run", "all"])]
    pub retry: bool,
    /// Drop the delivery when no attempt is left within this time [default: as documented, else 24h]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = values::duration)]
    pub retry_for: Option<Duration>,
    /// The wait after the first failure [default: 1m]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = values::duration)]
    pub retry_base: Option<Duration>,
    /// How many times longer each wait is than the one before [default: 2]
    #[arg(long, value_name = "F", requires = "retry", value_parser = factor)]
    pub retry_factor: Option<f64>,
    /// The longest wait [default: 6h]
    #[arg(long, value_name = "TIME", requires = "retry", value_parser = values::duration)]
    pub retry_cap: Option<Duration>,
    /// Shorten each wait at random by up to this share of it, from 0 to 1
    #[arg(long, value_name = "SHARE", requires = "retry", value_parser = values::share)]
    pub retry_jitter: Option<f64>,
    /// Repeat the random waits of an earlier run
    #[arg(long, value_name = "N", requires = "retry_jitter")]
    pub seed: Option<u64>,
    /// Drop the delivery after this many attempts
    #[arg(long, value_name = "N", requires = "retry", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_attempts: Option<u32>,
    /// Wait this many times shorter than the schedule says: 3600 lives a day in 24 seconds
    #[arg(long, value_name = "X", requires = "retry", default_value = "1", value_parser = factor)]
    pub time_scale: f64,
    /// Wait at least as long as a Retry-After header asks for; it is shown in any case
    #[arg(long, requires = "retry")]
    pub honour_retry_after: bool,
}

/// A number from 1 up.
fn factor(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
    number
        .filter(|n| *n >= 1.0)
        .ok_or_else(|| "expected a number of at least 1, such as 2 or 1.5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_bounds() {
        assert_eq!(factor("1.5"), Ok(1.5));
        for text in ["", "0", "0.9", "-2", "inf", "NaN", "1e999", "two"] {
            assert!(factor(text).is_err(), "{text}");
        }
    }
}
