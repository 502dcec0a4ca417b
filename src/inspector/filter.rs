//! The filter language of the inspector: words separated by blanks, all of which must hold.

use std::time::Duration;

use jiff::Timestamp;

use crate::capture::journal::{Condition, Term};
use crate::webhook::payload::validate::Validity;
use crate::webhook::signature::verify::Verdict;
use crate::webhook::suggest;

/// The keys, each with an example.
pub(super) const KEYS: [(&str, &str); 12] = [
    ("sig", "sig:invalid"),
    ("event", "event:lead.*"),
    ("provider", "provider:github"),
    ("channel", "channel:email"),
    ("payload", "payload:violations"),
    ("status", "status:4xx"),
    ("method", "method:GET"),
    ("path", "path:/hooks/*"),
    ("body", "body:\"text\""),
    ("since", "since:10m"),
    ("id", "id:5..9"),
    ("is", "is:duplicate"),
];

const STATES: [&str; 4] = ["rejected", "duplicate", "forwarded", "fault"];

/// A filter that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Filter {
    pub(super) terms: Vec<Term>,
    /// Whether rejected requests are asked for, which are not in the journal.
    pub(super) is_rejected: bool,
}

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilterError {
    pub(super) message: String,
    pub(super) hint: String,
}

impl Filter {
    /// Reads a filter; `now` is what `since:` counts from.
    pub(super) fn parse(text: &str, now: Timestamp) -> Result<Self, FilterError> {
        /// More words than a person writes; each is part of one query.
        const MAX_WORDS: usize = 32;
        let words = split(text)?;
        if words.len() > MAX_WORDS {
            return Err(error("the filter has too many words", &format!("at most {MAX_WORDS}")));
        }
        let mut filter = Self::default();
        for word in words {
            let Word { negated, key, value } = word;
            let condition = match key.as_deref() {
                Some("is") if value == "rejected" => {
                    if negated {
                        continue; // Deliveries were not rejected.
                    }
                    filter.is_rejected = true;
                    continue;
                }
                Some(key) => condition(key, value, now)?,
                None => Condition::Text(value),
            };
            filter.terms.push(Term { negated, condition });
        }
        Ok(filter)
    }
}

struct Word {
    negated: bool,
    key: Option<String>,
    value: String,
}

/// The words of a filter. Quotes keep blanks and colons together; a backslash in quotes takes the next character as it is.
fn split(text: &str) -> Result<Vec<Word>, FilterError> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(|c| c.is_whitespace()).is_some() {}
        if chars.peek().is_none() {
            return Ok(words);
        }
        let negated = chars.next_if_eq(&'-').is_some();
        let (mut key, mut value, mut is_quoted) = (None, String::new(), false);
        while let Some(c) = chars.next_if(|c| !c.is_whitespace()) {
            match c {
                '"' => {
                    is_quoted = true;
                    loop {
                        match chars.next() {
                            Some('"') => break,
                            Some('\\') => value.extend(chars.next()),
                            Some(c) => value.push(c),
                            None => {
                                return Err(error("a quote is not closed", "add the second \""));
                            }
                        }
                    }
                }
                ':' if key.is_none() && !is_quoted && !value.is_empty() => {
                    key = Some(std::mem::take(&mut value));
                }
                c => value.push(c),
            }
        }
        if value.is_empty() {
            return Err(match key {
                Some(key) => error(&format!("`{key}:` has no value"), &examples()),
                None => error("a word of the filter is empty", &examples()),
            });
        }
        words.push(Word { negated, key, value });
    }
}

fn condition(key: &str, value: String, now: Timestamp) -> Result<Condition, FilterError> {
    let one_of = |words: &[&str]| {
        error(
            &format!("`{key}:` does not know `{value}`"),
            &format!("one of: {}", words.join(", ")),
        )
    };
    Ok(match key {
        "sig" | "signature" => match Verdict::of(&value) {
            Some(verdict) => Condition::Verdict(verdict.word().to_owned()),
            None => return Err(one_of(&Verdict::ALL.map(Verdict::word))),
        },
        "event" => Condition::Event(value),
        "provider" => Condition::Provider(value),
        "channel" => Condition::Channel(value),
        "payload" => {
            match Validity::ALL.into_iter().find(|v| [v.word(), payload(*v)].contains(&&*value)) {
                Some(validity) => Condition::Validity(validity.word().to_owned()),
                None => return Err(one_of(&Validity::ALL.map(payload))),
            }
        }
        "status" => status(&value).ok_or_else(|| {
            error(
                &format!("`{value}` is no status"),
                "such as status:404, status:4xx or status:none",
            )
        })?,
        "method" => Condition::Method(value),
        "path" => Condition::Path(value),
        "body" => Condition::Body(value),
        "since" => {
            let since = duration(&value).and_then(|ago| now.checked_sub(ago).ok());
            let since = since.or_else(|| value.parse::<Timestamp>().ok());
            let Some(since) = since else {
                return Err(error(
                    &format!("`{value}` is no time"),
                    "such as since:10m, since:2h, since:7d or since:2026-01-31T12:00:00Z",
                ));
            };
            Condition::Since(since.as_microsecond())
        }
        "id" => ids(&value)
            .ok_or_else(|| error(&format!("`{value}` is no id"), "such as id:7 or id:5..9"))?,
        "is" => match value.as_str() {
            "duplicate" => Condition::Duplicate,
            "forwarded" => Condition::Forwarded,
            "fault" => Condition::Injected,
            _ => return Err(one_of(&STATES)),
        },
        other => {
            let near = suggest::nearest(other, KEYS.iter().map(|(key, _)| *key));
            let near = near.map(|near| format!("did you mean `{near}:`? ")).unwrap_or_default();
            return Err(error(
                &format!("the filter has no key `{other}`"),
                &format!("{near}there are: {}; quotes make it a word: \"{other}:…\"", examples()),
            ));
        }
    })
}

/// The word of a verdict on a body that the inspector shows.
pub(super) fn payload(validity: Validity) -> &'static str {
    match validity {
        Validity::Valid => "valid",
        Validity::Invalid => "violations",
        Validity::UnknownEvent => "unknown",
        Validity::NotJson => "not_json",
    }
}

fn status(value: &str) -> Option<Condition> {
    if value == "none" {
        return Some(Condition::NoStatus);
    }
    if let Some(class) = value.strip_suffix("xx") {
        let class: u16 = class.parse().ok().filter(|class| (1..10).contains(class))?;
        return Some(Condition::Status(class * 100, class * 100 + 99));
    }
    let status = value.parse().ok()?;
    Some(Condition::Status(status, status))
}

fn ids(value: &str) -> Option<Condition> {
    let Some((low, high)) = value.split_once("..") else {
        let id = value.parse().ok()?;
        return Some(Condition::Ids(id, id));
    };
    let end = |text: &str, open| if text.is_empty() { Some(open) } else { text.parse().ok() };
    Some(Condition::Ids(end(low, 0)?, end(high, u64::MAX)?))
}

/// A number with a unit: 30s, 10m, 2h, 7d.
fn duration(value: &str) -> Option<Duration> {
    let (number, unit) = value.split_at_checked(value.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return None,
    };
    Some(Duration::from_secs(number.parse::<u64>().ok()?.checked_mul(seconds)?))
}

fn examples() -> String {
    KEYS.map(|(_, example)| example).join(", ")
}

fn error(message: &str, hint: &str) -> FilterError {
    FilterError { message: message.to_owned(), hint: hint.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(bool, Condition)> {
        let filter = Filter::parse(text, Timestamp::UNIX_EPOCH + Duration::from_secs(3600));
        filter.unwrap().terms.into_iter().map(|t| (t.negated, t.condition)).collect()
    }

    #[test]
    fn words_become_conditions() {
        assert_eq!(
            parsed(r#"sig:invalid -event:lead.* status:4xx since:10m id:5.. "a: b\"c" body:"x y""#),
            [
                (false, Condition::Verdict("invalid".into())),
                (true, Condition::Event("lead.*".into())),
                (false, Condition::Status(400, 499)),
                (false, Condition::Since(3_000_000_000)),
                (false, Condition::Ids(5, u64::MAX)),
                (false, Condition::Text("a: b\"c".into())),
                (false, Condition::Body("x y".into())),
            ]
        );
        assert_eq!(parsed("payload:violations"), [(false, Condition::Validity("invalid".into()))]);
        assert_eq!(parsed("  "), []);
        let rejected = Filter::parse("is:rejected", Timestamp::UNIX_EPOCH).unwrap();
        assert!(rejected.is_rejected && rejected.terms.is_empty());
    }

    #[test]
    fn what_is_no_filter_is_an_error_that_says_what_is() {
        for (text, expected) in [
            ("sig:good", "one of: valid, invalid"),
            ("evnt:a", "did you mean `event:`?"),
            ("colour:red", "there are: sig:invalid"),
            ("status:abc", "status:4xx"),
            ("status:99999", "status:4xx"),
            ("since:yesterday", "since:10m"),
            ("since:99999999999999999d", "since:10m"),
            ("id:x", "id:5..9"),
            ("is:blue", "rejected, duplicate"),
            ("event:", "event:lead.*"),
            ("\"open", "second"),
        ] {
            let error = Filter::parse(text, Timestamp::UNIX_EPOCH).unwrap_err();
            assert!(error.hint.contains(expected), "{text}: {error:?}");
        }
    }
}
