//! How deliveries are signed: which of a provider's schemes, with which time, id, URL and settings.

use jiff::Timestamp;

use crate::config::Settings;
use crate::error::Error;
use crate::http::Endpoint;
use crate::uuid;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::parse_body;
use crate::webhook::provider::outgoing::add_headers;
use crate::webhook::provider::{Content, Provider};
use crate::webhook::signature::format::Malformed;
use crate::webhook::signature::mac::Algorithm;
use crate::webhook::signature::request::add_body_hash;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::sign::{SignError, Signing, Stamp};
use crate::webhook::signature::tamper::{Tamper, Tampered, tamper};
use crate::webhook::signature::{Secret, SignatureContext};

use super::sample::SignableBody;

/// What the command line says about the parts of a signature that are not in the request.
#[derive(Clone, Debug, Default)]
pub struct ContextOptions {
    /// The URL that the provider sends to, if not the profile's.
    pub public_url: Option<String>,
    pub trust_forwarded: bool,
    /// Settings by name, over those of the profile.
    pub settings: Vec<(String, String)>,
    /// The name of the one signature that counts.
    pub required: Option<String>,
}

impl ContextOptions {
    /// What signatures depend on besides requests and secrets.
    pub(crate) fn context(&self, settings: &Settings) -> SignatureContext {
        let mut all = settings.signature_settings();
        all.extend(self.settings.iter().cloned());
        SignatureContext {
            public_url: settings.public_url(self.public_url.as_deref()).map(str::to_owned),
            trust_forwarded: self.trust_forwarded,
            settings: all,
            required: self.required.clone(),
        }
    }
}

/// What the command line says about signing.
#[derive(Clone, Debug, Default)]
pub struct SigningOptions {
    pub context: ContextOptions,
    /// The time of signing; `None` for now.
    pub timestamp: Option<Timestamp>,
    /// The id; `None` makes one.
    pub id: Option<String>,
}

impl SigningOptions {
    /// The time and the id of one delivery.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp {
            at: self.timestamp.unwrap_or_else(Timestamp::now),
            id: self.id.clone(),
            uuid: uuid::random(),
            renew: self.timestamp.is_some(),
        }
    }

    /// Refuses a signature that is the secret itself, when only an untrusted file chose the provider; `flag` is the
    /// provider of the command line.
    pub(crate) fn check_disclosure(
        &self,
        settings: &Settings,
        flag: Option<&str>,
        provider: &Provider,
    ) -> Result<(), Error> {
        let schemes = named_schemes(provider, self.context.required.as_deref())?;
        match schemes.iter().any(|scheme| scheme.algorithm == Algorithm::Token) {
            true => settings.check_disclosure(flag, provider),
            false => Ok(()),
        }
    }

    /// The scheme to sign with: the one that `--require-signature` names, else the first of which the secret is a key.
    pub(crate) fn scheme<'p>(
        &self,
        provider: &'p Provider,
        secret: &Secret,
    ) -> Result<&'p Scheme, Error> {
        let named = self.context.required.as_deref();
        let mut schemes = named_schemes(provider, named)?.into_iter();
        let mut first = None;
        let fitting = schemes.find(|scheme| {
            let key = scheme.key.signing(scheme.algorithm, secret);
            key.map_err(|why| first.get_or_insert(why).clone()).is_ok()
        });
        fitting.ok_or_else(|| match first {
            Some(why) => unsignable(&SignError::Key(why), ""),
            None => Error::usage(format!("{} does not sign", provider.name), ""),
        })
    }
}

/// The schemes of this name, or all of them.
pub(crate) fn named_schemes<'p>(
    provider: &'p Provider,
    name: Option<&str>,
) -> Result<Vec<&'p Scheme>, Error> {
    let all = provider.signatures.iter();
    let Some(name) = name else {
        return Ok(all.collect());
    };
    let named: Vec<_> = all.clone().filter(|scheme| scheme.name.as_deref() == Some(name)).collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let names: Vec<_> = all.filter_map(|scheme| scheme.name.as_deref()).collect();
    Err(Error::usage(
        format!("{} has no signature `{name}`", provider.name),
        match names.is_empty() {
            true => "its signatures have no names: leave out --require-signature".to_owned(),
            false => format!("there are: {}", names.join(", ")),
        },
    ))
}

/// The request for a body as the provider sends it, without the signature.
pub(crate) fn unsigned(body: &SignableBody, endpoint: &Endpoint, stamp: &Stamp) -> Delivery {
    let mut delivery = endpoint.request(body.body.clone());
    let mut headers = delivery.headers.clone();
    let json = parse_body(&delivery.body).ok();
    let content = Content::new(&delivery, &delivery.body, json.as_ref());
    add_headers(body.provider, body.event.as_deref(), &content, stamp, &mut headers);
    delivery.headers = headers;
    add_body_hash(&body.provider.signatures, &mut delivery);
    delivery
}

/// The corrupted signature and body of a request.
pub(crate) fn tampered(how: Tamper, signing: &Signing<'_>) -> Result<Tampered, Error> {
    tamper(how, signing).map_err(|why| {
        Error::usage(format!("--tamper {}: {why}", how.name()), "choose another mode")
    })
}

/// The error of a delivery that cannot be signed; `otherwise` is what to do when the error does not say it.
pub(crate) fn unsignable(why: &SignError, otherwise: &str) -> Error {
    let hint = match why {
        SignError::Key(why) => format!("give {}", why.expected),
        SignError::Needs(why) => why.missing_setting().unwrap_or_else(|| match why {
            Malformed::Needs(_) => "give the header with -H".to_owned(),
            _ => otherwise.to_owned(),
        }),
        SignError::Body(_) => otherwise.to_owned(),
    };
    Error::usage(format!("the delivery cannot be signed: {why}"), hint)
}
