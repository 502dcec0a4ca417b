//! The same requests for other load tools. A script holds the plan and the templates as data, signs as the engine does,
//! and reads the secret from the environment.

mod k6;
mod locust;
mod vegeta;

pub(crate) use k6::{manifests, script as k6_script};
pub(crate) use locust::script as locust_script;
pub(crate) use vegeta::target as vegeta_target;

use serde_json::{Value, json};

use super::condition::{Condition, Counted, Metric, Operator};
use super::engine::Pace;
use super::generator::Generator;
use super::plan::Order;
use super::template::{SignedPart, Template};
use crate::error::Error;
use crate::webhook::signature::scheme::Algorithm;
use crate::webhook::signature::tamper::Tamper;

/// What a script sends, where and how fast.
pub(crate) struct Export<'e> {
    pub generator: &'e Generator,
    pub url: String,
    pub method: &'e str,
    pub pace: &'e Pace,
    pub count: Option<u64>,
    pub conditions: Vec<Condition>,
}

/// The corruptions that the scripts make.
const TAMPERS: [Tamper; 5] =
    [Tamper::Signature, Tamper::Missing, Tamper::Secret, Tamper::Truncated, Tamper::Uppercase];

/// Headers that a load tool writes itself.
const OWN_HEADERS: [&str; 2] = ["host", "content-length"];

impl Export<'_> {
    /// The data of a script.
    ///
    /// # Errors
    /// When a script could not make the same requests.
    fn data(&self, tool: &str) -> Result<Value, Error> {
        let plan = &self.generator.plan;
        for (how, _) in &plan.shares.tamper {
            if !TAMPERS.contains(how) {
                let known = TAMPERS.map(Tamper::name).join(", ");
                return Err(Error::usage(
                    format!("a script for {tool} cannot corrupt with `{}`", how.name()),
                    format!("it can with {known}"),
                ));
            }
        }
        let weights = match &plan.order {
            Order::Weighted(weights) => weights.clone(),
            Order::InTurn(kinds) => vec![1.0; *kinds],
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
        Ok(json!({
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
        }))
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
            let headers = headers
                .filter(|(name, _)| !OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)));
            let headers = headers
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
                "encoding": with.as_ref().map(|with| format!("{:?}", with.scheme.format.encoding).to_lowercase()),
                "key": with.as_ref().map(|with| format!("{:?}", with.scheme.key.form).to_lowercase()),
                "key_prefix": with.as_ref().map(|with| with.scheme.key.prefix.clone()),
                "token": with.as_ref().is_some_and(|with| with.scheme.algorithm == Algorithm::Token),
            }));
        }
        Ok(kinds)
    }
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
