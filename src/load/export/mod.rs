//! The same requests for other load tools. A script holds the plan and the templates as data, signs as the engine does,
//! and reads the secret from the environment.

mod k6;
mod locust;
mod vegeta;

pub(crate) use k6::{manifests, script as k6_script};
pub(crate) use locust::script as locust_script;
pub(crate) use vegeta::target as vegeta_target;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::condition::{Condition, Counted, Metric, Operator};
use super::engine::Pace;
use super::generator::Generator;
use super::plan::Order;
use super::template::{SignedPart, Template};
use crate::error::Error;
use crate::mask::MIN_SECRET;
use crate::webhook::signature::scheme::Algorithm;
use crate::webhook::signature::tamper::other_algorithm;

/// What a script sends, where and how fast.
pub(crate) struct Export<'e> {
    pub generator: &'e Generator,
    pub url: String,
    pub method: &'e str,
    pub pace: &'e Pace,
    pub count: Option<u64>,
    pub conditions: Vec<Condition>,
}

/// Headers that a load tool writes itself.
const OWN_HEADERS: [&str; 2] = ["host", "content-length"];

impl Export<'_> {
    /// The data of a script, as JSON in ASCII.
    ///
    /// # Errors
    /// When a script could not make the same requests.
    fn data(&self, tool: &str) -> Result<String, Error> {
        let plan = &self.generator.plan;
        if self.generator.at.is_some() {
            return Err(Error::usage(
                format!("a script for {tool} signs each request with the time of sending it"),
                "leave out --timestamp, or use --export vegeta",
            ));
        }
        let weights = match &plan.order {
            Order::Weighted(weights) => json!(weights),
            Order::InTurn(_) => Value::Null,
        };
        let kinds = self.kinds(tool)?;
        let stages: Vec<_> = match self.pace {
            Pace::Open { schedule, .. } => schedule
                .parts()
                .map(|(length, from, to)| json!([length.as_secs_f64(), from, to]))
                .collect(),
            Pace::Closed { .. } => Vec::new(),
        };
        let connections = match self.pace {
            Pace::Open { max_in_flight, .. } => *max_in_flight,
            Pace::Closed { concurrency, .. } => *concurrency,
        };
        let data = json!({
            "url": self.url,
            "method": self.method,
            "seed": [plan.seed as u32, (plan.seed >> 32) as u32],
            "weights": weights,
            "duplicate": plan.shares.duplicate,
            "tamper": plan.shares.tamper.iter().map(|(how, share)| json!([how.name(), share])).collect::<Vec<_>>(),
            "kinds": kinds,
            "count": self.pace.total(self.count),
            "stages": stages,
            "duration": self.pace.length().map(|time| time.as_secs_f64()),
            "connections": connections,
            "conditions": self.conditions.iter().map(condition).collect::<Vec<_>>(),
        });
        let data = in_ascii(&data);
        for secret in self.secrets()? {
            let text = in_ascii(&json!(String::from_utf8_lossy(secret)));
            check_without(data.as_bytes(), text.trim_matches('"').as_bytes())?;
        }
        Ok(data)
    }

    /// The secrets that requests are signed with.
    pub(crate) fn secrets(&self) -> Result<BTreeSet<&[u8]>, Error> {
        let all = (0..self.generator.kinds.len()).filter_map(|place| {
            let with = self.generator.signed_with(place).transpose()?;
            Some(with.map(|with| with.secret.expose()))
        });
        all.collect()
    }

    fn kinds(&self, tool: &str) -> Result<Vec<Value>, Error> {
        let mut kinds = Vec::new();
        for (place, kind) in self.generator.kinds.iter().enumerate() {
            let with = self.generator.signed_with(place)?;
            let cannot = |what: &str| {
                Error::usage(
                    format!(
                        "a script for {tool} cannot make the signature of this provider: {what}"
                    ),
                    "send with cz-hook itself, or with --export vegeta, which signs in advance",
                )
            };
            if let Some(with) = &with
                && with.scheme.algorithm.has_public_key()
            {
                return Err(cannot(&format!("it has no {}", with.scheme.algorithm)));
            }
            let template = self.generator.template(place, kind).ok_or_else(|| {
                cannot("it signs a part that follows from the body, or is in the body")
            })?;
            let headers = template.headers.iter();
            let headers: Vec<_> = headers
                .filter(|(name, _)| !OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)))
                .collect();
            let mut names = BTreeSet::new();
            if let Some((name, _)) =
                headers.iter().find(|(name, _)| !names.insert(name.to_ascii_lowercase()))
            {
                return Err(Error::usage(
                    format!("a script for {tool} cannot send the header {name} twice"),
                    "send with cz-hook itself, or with --export vegeta",
                ));
            }
            let headers = headers
                .iter()
                .map(|(name, value)| Ok(json!([name, pieces(value, tool)?])))
                .collect::<Result<Vec<_>, Error>>()?;
            let signed = match template.signer() {
                None => Vec::new(),
                Some(signer) => {
                    let mut all = Vec::new();
                    for part in &signer.parts {
                        match part {
                            SignedPart::Body => all.push(json!(["body"])),
                            SignedPart::Secret => all.push(json!(["secret"])),
                            SignedPart::Text(template) => all.extend(pieces(template, tool)?),
                        }
                    }
                    all
                }
            };
            kinds.push(json!({
                "body": pieces(&kind.body, tool)?,
                "headers": headers,
                "signed": signed,
                "algorithm": with.as_ref().map(|with| with.scheme.algorithm.name()),
                "other_algorithm": with.as_ref().and_then(|with| {
                    other_algorithm(with.scheme.algorithm).map(Algorithm::name)
                }),
                "encoding": with.as_ref().map(|with| format!("{:?}", with.scheme.format.encoding).to_lowercase()),
                "key": with.as_ref().map(|with| format!("{:?}", with.scheme.key.form).to_lowercase()),
                "key_prefix": with.as_ref().map(|with| with.scheme.key.prefix.clone()),
                "token": with.as_ref().is_some_and(|with| with.scheme.algorithm == Algorithm::Token),
            }));
        }
        Ok(kinds)
    }
}

/// Makes sure that a file that others may read has no secret, such as one in a body of the user's own.
fn check_without(text: &[u8], secret: &[u8]) -> Result<(), Error> {
    match secret.len() >= MIN_SECRET && memchr::memmem::find(text, secret).is_some() {
        true => Err(Error::usage(
            "the file would contain the secret, which is part of a body or header",
            "take it out of the body, --set or -H",
        )),
        false => Ok(()),
    }
}

/// JSON in ASCII: no character of a body ends a line or shows as another in the file.
fn in_ascii(data: &Value) -> String {
    let mut out = String::new();
    for c in data.to_string().chars() {
        match c {
            ' '..='~' => out.push(c),
            c => {
                let mut buffer = [0; 2];
                let units = c.encode_utf16(&mut buffer).iter().map(|unit| format!("\\u{unit:04x}"));
                out.extend(units);
            }
        }
    }
    out
}

/// A template as data: a text, or the name of a variable in a list.
fn pieces(template: &Template, tool: &str) -> Result<Vec<Value>, Error> {
    let piece = |piece| match piece {
        Ok(text) => std::str::from_utf8(text).map(|text| json!(text)).map_err(|_| {
            Error::usage(
                format!("a script for {tool} cannot hold a body that is not UTF-8"),
                "send it with cz-hook itself",
            )
        }),
        Err(variable) => Ok(json!([variable])),
    };
    template.pieces().map(piece).collect()
}

fn condition(condition: &Condition) -> Value {
    let metric = match condition.metric() {
        Metric::Quantile(quantile) => json!(["quantile", quantile]),
        Metric::Mean => json!(["mean"]),
        Metric::Max => json!(["max"]),
        Metric::Rate => json!(["rate"]),
        Metric::Count(counted) => json!(["count", counted_name(counted)]),
        Metric::Share(counted) => json!(["share", counted_name(counted)]),
    };
    let operator = match condition.operator() {
        Operator::More => ">",
        Operator::AtLeast => ">=",
        Operator::Less => "<",
        Operator::AtMost => "<=",
    };
    json!([condition.to_string(), metric, operator, condition.value()])
}

fn counted_name(counted: Counted) -> &'static str {
    match counted {
        Counted::Unexpected => "unexpected",
        Counted::Unanswered => "unanswered",
        Counted::Late => "late",
        Counted::Dropped => "dropped",
        Counted::Sent => "sent",
    }
}
