//! The analysis of one delivery: its provider, the verdict on its signature, and whether its body is what the
//! provider documents.

use jiff::Timestamp;

use super::content_coding::Decoded;
use super::delivery::Delivery;
use super::payload::Event;
use super::payload::json::parse_body;
use super::payload::validate::{Validation, Validity, validate};
use super::provider::catalog::Catalog;
use super::provider::detect::{Conflict, Detection, detect};
use super::provider::{Content, Provider};
use super::signature::verify::{SignatureReport, Verdict, check};
use super::signature::{Secret, SignatureContext};
use super::suggest::some_of;

/// Analyzes deliveries with these settings.
#[derive(Debug)]
pub struct Analyzer {
    /// The known providers.
    pub catalog: &'static Catalog,
    /// The one provider to expect; `None` detects the provider of each delivery.
    pub provider: Option<&'static Provider>,
    /// The secrets to try, in order; none leaves signatures unchecked.
    pub secrets: Vec<Secret>,
    /// Whether to trust a delivery that is detected as one of a provider that does not sign, although there are
    /// secrets. It is trusted anyway when that provider was named.
    pub allow_unsigned: bool,
    /// What signatures depend on besides requests and secrets.
    pub context: SignatureContext,
}

/// Where a delivery comes from, and what event it is.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The provider, if it was named or detected.
    pub provider: Option<&'static Provider>,
    /// Set when header and body belong to different providers.
    pub conflict: Option<Conflict>,
    /// What the body says of itself.
    pub event: Event,
    /// The verdict on the signature.
    pub signature: SignatureReport,
}

/// What was found about one delivery.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// Where it comes from.
    pub identity: Identity,
    /// The verdict on the body.
    pub validation: Validation,
}

impl Analyzer {
    /// Analyzes a delivery; `now` is for schemes that sign a timestamp.
    pub fn analyze(&self, delivery: &Delivery, now: Timestamp) -> Analysis {
        let decoded = Decoded::new(&delivery.headers, &delivery.body);
        let body = match &decoded {
            Some(Decoded { body: Ok(body), .. }) => body,
            _ => &*delivery.body,
        };
        let parsed = parse_body(body);
        let content = Content::new(delivery, body, parsed.as_ref().ok());
        let (identity, detection) = self.identify_content(delivery, &content, now);
        let validation = match (&parsed, identity.provider) {
            (_, Some(provider)) if parsed.is_ok() || provider.envelope.form => {
                validate(self.catalog, provider, &identity.event, &content)
            }
            (Err(error), _) => {
                let why = match &decoded {
                    Some(decoded) if decoded.body.is_err() => decoded.clause(),
                    _ => error.to_string(),
                };
                Validation::new(Validity::NotJson, "", format!("not JSON: {why}"))
            }
            (Ok(_), _) => Validation::new(Validity::UnknownEvent, "", undetected(&detection)),
        };
        Analysis { identity, validation }
    }

    /// The part of the analysis that decides whether to trust a delivery. It takes half the time of the whole.
    pub fn identify(&self, delivery: &Delivery, now: Timestamp) -> Identity {
        let body = delivery.decoded_body();
        let parsed = parse_body(&body).ok();
        self.identify_content(delivery, &Content::new(delivery, &body, parsed.as_ref()), now).0
    }

    fn identify_content(
        &self,
        delivery: &Delivery,
        content: &Content<'_>,
        now: Timestamp,
    ) -> (Identity, Detection<'static>) {
        let mut detection = match self.provider {
            Some(provider) => Detection::new(provider),
            None => detect(self.catalog, &delivery.headers, content),
        };
        let mut signature = check_detected(&detection, delivery, &self.secrets, &self.context, now);
        let provider = detection.provider;
        let may_be_unsigned = provider.is_some_and(Provider::may_be_unsigned);
        if signature.verdict == Verdict::Missing && may_be_unsigned && self.allow_unsigned {
            signature.verdict = Verdict::Unsigned;
        }
        let event = provider.map(|provider| Event::read(provider, &delivery.headers, content));
        let event = event.unwrap_or_default();
        let conflict = detection.conflict.take();
        (Identity { provider, conflict, event, signature }, detection)
    }

    /// Whether a delivery is authentic as far as its provider allows to tell. Any sender can imitate a provider that
    /// does not sign, so where there is a secret, such a delivery is only trusted when that was allowed.
    pub fn trusts(&self, found: &Identity) -> bool {
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

/// Checks the signature of a delivery under its detected provider's scheme only: that another scheme would match is a
/// diagnosis, not a pass.
pub(crate) fn check_detected(
    detection: &Detection<'_>,
    delivery: &Delivery,
    secrets: &[Secret],
    context: &SignatureContext,
    now: Timestamp,
) -> SignatureReport {
    let report = |verdict, reason: String| SignatureReport::new(verdict, None, reason);
    let mut report = match detection.provider {
        Some(provider) if provider.signs() => {
            check(&provider.signatures, delivery, secrets, context, now)
        }
        Some(_) => report(Verdict::Unsigned, "the provider does not sign".to_owned()),
        None if secrets.is_empty() => SignatureReport::unchecked(None),
        None => report(Verdict::Missing, undetected(detection)),
    };
    if let Some(said) = &detection.conflict {
        // The scheme of the body's provider never matches a header in another format; this is a safeguard should
        // two formats overlap one day.
        if report.verdict == Verdict::Valid {
            report.verdict = Verdict::Malformed;
        }
        report.reason = format!("{}; {}", report.reason, said.sentence());
    }
    report
}

impl Conflict {
    pub(crate) fn sentence(&self) -> String {
        format!(
            "the {} header has the form of {}, the body that of {}",
            self.header,
            some_of(&self.header_of),
            self.body_of
        )
    }
}

/// Why there is no provider, in a sentence.
pub(crate) fn undetected(detection: &Detection<'_>) -> String {
    let candidates = detection.candidates.iter();
    let names: Vec<_> = candidates.map(|p| p.name.as_str()).collect();
    match names.is_empty() {
        true => "neither headers nor body are those of a known provider".to_owned(),
        false => format!("it could be a delivery of {}", names.join(" or ")),
    }
}
