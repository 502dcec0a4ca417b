//! Everything that is to be said of one delivery, in one place: whose it is, what its signature is
//! worth, and whether its body is what the document promises.

use jiff::Timestamp;
use serde_json::Value;

use super::delivery::Delivery;
pub use super::payload::bom::without_bom;
use super::payload::event::Event;
use super::payload::outline::{Landmarks, Outline};
use super::payload::skim::skim;
use super::payload::validate::{Validation, Validity, validate_event};
use super::provider::Provider;
use super::provider::catalog::Catalog;
use super::provider::detect::{Conflict, Detection, detect};
use super::signature::scheme::Scheme;
use super::signature::secret::Secret;
use super::signature::verify::{SignatureReport, Verdict, check};

/// How deliveries are looked at: for whom, and with which secrets.
#[derive(Debug)]
pub struct Analyzer {
    /// What is known of providers.
    pub catalog: &'static Catalog,
    /// The one provider to expect; `None` recognises each delivery.
    pub provider: Option<&'static Provider>,
    /// The secrets to try, in order; none leaves signatures unchecked.
    pub secrets: Vec<Secret>,
    /// Whether a delivery may be recognised as that of a provider that does not sign, and be as good as a
    /// signed one, although there are secrets. A provider that was named is taken at its word anyway.
    pub allow_unsigned: bool,
}

/// What was found out about one delivery.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Whose delivery it is, if that is known.
    pub provider: Option<&'static Provider>,
    /// Header and body speaking for different providers.
    pub conflict: Option<Conflict>,
    /// What the body says of itself.
    pub event: Event,
    /// The verdict on the signature.
    pub signature: SignatureReport,
    /// The verdict on the body.
    pub validation: Validation,
}

impl Analyzer {
    /// Looks at a delivery; `now` is for schemes that sign a timestamp.
    pub fn analyze(&self, delivery: &Delivery, now: Timestamp) -> Analysis {
        let parsed = parse(without_bom(&delivery.body));
        let json = parsed.as_ref().ok();
        let detection = self.detect(delivery, |landmarks| {
            json.map(|json| Outline::of(landmarks, json))
        });
        let signature = self.check(&detection, delivery, now);
        let event = match (detection.provider, json) {
            (Some(provider), Some(json)) => Event::read(provider, json),
            _ => Event::default(),
        };
        let validation = match (&parsed, detection.provider) {
            (Err(error), _) => Validation::of(Validity::NotJson, "", not_json(error)),
            (Ok(json), Some(provider)) => validate_event(self.catalog, provider, &event, json),
            (Ok(_), None) => Validation::of(Validity::UnknownEvent, "", undetected(&detection)),
        };
        Analysis {
            provider: detection.provider,
            conflict: detection.conflict,
            event,
            signature,
            validation,
        }
    }

    /// Whether a delivery is as well signed as it can be asked to be. Anybody can make a body in the
    /// shape of a provider that does not sign, so with a secret that alone is not enough.
    pub fn trusts(&self, found: &Analysis) -> bool {
        self.trusts_verdict(found.signature.verdict, found.conflict.is_some())
    }

    /// Looks no further than to say whether a delivery is trusted: as [`Analyzer::trusts`] says of what
    /// [`Analyzer::analyze`] finds.
    pub fn trusts_unanalyzed(&self, delivery: &Delivery, now: Timestamp) -> bool {
        let detection = self.detect(delivery, |landmarks| {
            skim(landmarks, without_bom(&delivery.body))
        });
        let verdict = self.check(&detection, delivery, now).verdict;
        self.trusts_verdict(verdict, detection.conflict.is_some())
    }

    fn trusts_verdict(&self, verdict: Verdict, is_contradicted: bool) -> bool {
        match verdict {
            Verdict::Valid | Verdict::Unchecked => true,
            Verdict::Unsigned => {
                !is_contradicted
                    && (self.secrets.is_empty() || self.provider.is_some() || self.allow_unsigned)
            }
            Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale => false,
        }
    }

    fn detect(
        &self,
        delivery: &Delivery,
        outline: impl FnOnce(&Landmarks) -> Option<Outline>,
    ) -> Detection<'static> {
        if let Some(provider) = self.provider {
            return Detection::of(provider);
        }
        let body = outline(self.catalog.landmarks());
        detect(self.catalog, &delivery.headers, body.as_ref())
    }

    fn check(
        &self,
        detection: &Detection<'static>,
        delivery: &Delivery,
        now: Timestamp,
    ) -> SignatureReport {
        check_detected(detection, delivery, &self.secrets, now)
    }
}

/// Checks a delivery whose provider was looked for. Never tries the scheme of another provider than the
/// one recognised: that another would fit is a diagnosis, not a pass.
pub fn check_detected(
    detection: &Detection<'_>,
    delivery: &Delivery,
    secrets: &[Secret],
    now: Timestamp,
) -> SignatureReport {
    check_detected_by(detection, secrets, |scheme| {
        check(scheme, delivery, secrets, now)
    })
}

/// The same, where the body is not at hand: `check` is [`check`] under the scheme it is given.
pub fn check_detected_by(
    detection: &Detection<'_>,
    secrets: &[Secret],
    check: impl FnOnce(&Scheme) -> SignatureReport,
) -> SignatureReport {
    let mut report = match detection.provider {
        Some(provider) => match &provider.signature {
            Some(scheme) => check(scheme),
            None => SignatureReport::unsigned(),
        },
        None if secrets.is_empty() => SignatureReport::unchecked(None),
        None => SignatureReport::missing(undetected(detection)),
    };
    if let Some(said) = &detection.conflict {
        // The scheme of the body's provider never fits a header in another's form; this only guards
        // the gate should two forms overlap one day.
        if report.verdict == Verdict::Valid {
            report.verdict = Verdict::Malformed;
        }
        report.reason = format!("{}; {}", report.reason, said.sentence());
    }
    report
}

impl Conflict {
    /// The contradiction in words.
    pub fn sentence(&self) -> String {
        format!(
            "the {} header has the form of {}, the body that of {}",
            self.header,
            self.header_of.join(" and "),
            self.body_of
        )
    }
}

/// Why there is no provider, in words.
pub fn undetected(detection: &Detection<'_>) -> String {
    if detection.candidates.is_empty() {
        return "neither headers nor body are those of a known provider".to_owned();
    }
    let names: Vec<_> = detection
        .candidates
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    format!("it could be a delivery of {}", names.join(" or "))
}

/// Parses a body. Looking once whether all of it is UTF-8 costs less than looking at each of its strings.
fn parse(body: &[u8]) -> serde_json::Result<Value> {
    match std::str::from_utf8(body) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(body),
    }
}

fn not_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if text.starts_with("recursion limit") {
        return "nested deeper than 128 levels, not read further".to_owned();
    }
    format!("not JSON: {text}")
}

#[cfg(test)]
mod tests {
    use super::super::signature::sign::signature;
    use super::*;

    #[test]
    fn a_delivery_is_trusted_the_same_whether_or_not_it_is_examined() {
        let catalog = Catalog::builtin();
        let secret = Secret::new(b"k".to_vec(), "--secret");
        let now = Timestamp::now();
        let mut seen = [0; 2];
        for signer in catalog.providers() {
            for sample in catalog.providers().flat_map(|p| catalog.samples(p)) {
                let bodies = [
                    sample.json,
                    b"not json",
                    b"[]",
                    b"{\"message\": \"\\ud800\"}",
                ];
                for body in bodies.map(bytes::Bytes::from_static) {
                    let mut delivery = Delivery::post("/", body);
                    let scheme = signer.signature.as_ref();
                    let signed = scheme.map(|scheme| {
                        let headers = delivery.headers.clone();
                        (
                            scheme,
                            signature(scheme, &secret, &headers, &delivery.body).unwrap(),
                        )
                    });
                    if let Some((scheme, value)) = signed {
                        delivery.headers.push(&scheme.header, value);
                    }
                    for (secrets, provider, allow_unsigned) in [
                        (vec![], None, false),
                        (vec![secret.clone()], None, false),
                        (vec![secret.clone()], None, true),
                        (vec![secret.clone()], Some(signer), false),
                    ] {
                        let analyzer = Analyzer {
                            catalog,
                            provider,
                            secrets,
                            allow_unsigned,
                        };
                        let is_trusted = analyzer.trusts(&analyzer.analyze(&delivery, now));
                        assert_eq!(analyzer.trusts_unanalyzed(&delivery, now), is_trusted);
                        seen[usize::from(is_trusted)] += 1;
                    }
                }
            }
        }
        assert!(seen.iter().all(|n| *n > 0), "{seen:?}");
    }
}
