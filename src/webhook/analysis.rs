//! Everything that is to be said of one delivery, in one place: whose it is, what its signature is
//! worth, and whether its body is what the document promises.

use jiff::Timestamp;

use super::delivery::Delivery;
use super::payload::event::Event;
use super::payload::json::{Document, parse_body};
use super::payload::validate::{Validation, Validity, validate};
use super::provider::Provider;
use super::provider::catalog::Catalog;
use super::provider::detect::{Conflict, Detection, detect};
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
        let parsed = parse_body(&delivery.body);
        let body = parsed.as_ref().map(Document::root);
        let detection = match self.provider {
            Some(provider) => Detection::of(provider),
            None => detect(self.catalog, &delivery.headers, parsed.as_ref().ok()),
        };
        let signature = check_detected(&detection, delivery, &self.secrets, now);
        let event = match (detection.provider, body) {
            (Some(provider), Ok(body)) => Event::read(provider, body),
            _ => Event::default(),
        };
        let validation = match (body, detection.provider) {
            (Err(error), _) => Validation::of(Validity::NotJson, "", format!("not JSON: {error}")),
            (Ok(body), Some(provider)) => validate(self.catalog, provider, body),
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
        match found.signature.verdict {
            Verdict::Valid | Verdict::Unchecked => true,
            Verdict::Unsigned => {
                found.conflict.is_none()
                    && (self.secrets.is_empty() || self.provider.is_some() || self.allow_unsigned)
            }
            Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale => false,
        }
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
    let mut report = match detection.provider {
        Some(provider) => match &provider.signature {
            Some(scheme) => check(scheme, delivery, secrets, now),
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
