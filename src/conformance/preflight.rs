//! The first question of a run: is a genuine delivery accepted at all? If not, forty failures would say
//! the same thing; the few ways in which the two sides can misunderstand each other are tried and named.

use crate::diagnose::digest::Hash;
use crate::diagnose::key::keys;
use crate::http::{Endpoint, SendErrorKind as Kind};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::mac;
use crate::webhook::signature::scheme::{Algorithm, Scheme};
use crate::webhook::signature::secret::Secret;

use super::asker::{Asked, Asker, Silence};
use super::case::Change;
use super::expect::LIMITED;
use super::guess::hashed_instead;
use super::make::Maker;
use super::outcome::{Request, Stopped, StoppedBy};
use super::probes::Probe;

/// The code of a secret that was never set.
const UNSET: &str = "secret.empty";

/// What the first question showed.
#[derive(Clone, Debug)]
pub enum Preflight {
    /// The delivery is accepted.
    Fine(Box<(Request, Asked)>),
    /// Nobody is there.
    Unreachable(Silence),
    /// It is accepted when it is signed over what this serialiser makes of it.
    Reserialised(&'static Probe),
    /// It is not accepted, and there is no use in asking on.
    Stopped(Box<Stop>),
}

/// A genuine delivery that is not accepted.
#[derive(Clone, Debug)]
pub struct Stop {
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub asked: Asked,
    /// What it means.
    pub stopped: Stopped,
}

/// Asks the first question.
///
/// # Errors
/// When the provider's delivery cannot be made, in words.
pub async fn ask(
    asker: &Asker,
    catalog: &Catalog,
    provider: &Provider,
    endpoint: &Endpoint,
) -> Result<Preflight, String> {
    let request = asker.maker().request(Change::Sample(0))?;
    let asked = asker.ask(&request).await;
    if asked.is_accepted() {
        return Ok(Preflight::Fine(Box::new((request, asked))));
    }
    let answer = match &asked.answer {
        Err(silence) if silence.kind == Kind::Unreachable => {
            return Ok(Preflight::Unreachable(silence.clone()));
        }
        Err(silence) => {
            let what = format!(
                "the very first valid delivery got no answer: {}",
                silence.message
            );
            let hint =
                "see the endpoint's log: did the handler throw or wait, or does it speak https?";
            return Ok(stop(request, asked.clone(), what, hint.to_owned()));
        }
        Ok(answer) => answer,
    };
    let status = answer.status;
    if status / 100 == 3 {
        let to = answer.headers.get("location").unwrap_or_default();
        let to = String::from_utf8_lossy(to).into_owned();
        let what =
            format!("the very first valid delivery is answered {status}, a redirect to {to}");
        let hint = "providers do not follow redirects: give the final URL with --url";
        return Ok(stop(request, asked, what, hint.to_owned()));
    }
    let what = format!("the very first valid delivery is refused with {status}");
    // No guess at the signature is right where nobody looks at it, and there are hundreds.
    let unlooked = match status {
        404 | 405 => Some("is the path of the URL right, and does it take POST?"),
        LIMITED => {
            Some("it limits how often it is asked: wait, or raise that limit where it is tested")
        }
        _ => None,
    };
    if let Some(hint) = unlooked {
        return Ok(stop(request, asked, what, hint.to_owned()));
    }
    if let Some(how) = otherwise(asker, catalog, provider, endpoint).await {
        let hint = format!("{how} is accepted: use what fits, or change the endpoint");
        return Ok(stop(request, asked, what, hint));
    }
    if let (Some(probe), _) = hashed_instead(asker, &request).await {
        return Ok(Preflight::Reserialised(probe));
    }
    let hint = match status {
        500.. => "see the endpoint's log: the handler failed, it did not refuse",
        _ => "wrong secret or wrong provider? No other provider's way to sign is accepted either",
    };
    Ok(stop(request, asked, what, hint.to_owned()))
}

fn stop(request: Request, asked: Asked, what: String, hint: String) -> Preflight {
    Preflight::Stopped(Box::new(Stop {
        request,
        asked,
        stopped: Stopped {
            kind: StoppedBy::Preflight,
            message: what,
            hint,
        },
    }))
}

/// What is accepted instead, in words: another provider's delivery, or another way to sign this one.
async fn otherwise(
    asker: &Asker,
    catalog: &Catalog,
    provider: &Provider,
    endpoint: &Endpoint,
) -> Option<String> {
    let secret = asker.maker().secret().cloned();
    for other in catalog.providers().filter(|p| p.name != provider.name) {
        let maker = Maker::new(catalog, other, secret.clone(), endpoint.clone());
        let request = maker.and_then(|maker| maker.request(Change::Sample(0)));
        if let Ok(request) = request
            && asker.ask(&request).await.is_accepted()
        {
            let how = other.signature.as_ref().map_or_else(
                || "unsigned".to_owned(),
                |scheme| format!("{}: {}, {}", scheme.header, scheme.algorithm, scheme.form()),
            );
            return Some(format!("the delivery of --provider {} ({how})", other.name));
        }
    }
    let (scheme, secret) = asker.maker().signing()?;
    let body = asker.maker().sample(0);
    let beside = asker.maker().signed_beside();
    let with = |value: &str| {
        let maker = asker.maker();
        maker.with_signature(body.clone(), &beside, &scheme.header, value)
    };
    let parts = scheme.signed(&beside, &body).ok()?;
    let ways = ways(scheme, secret, &parts, &body).into_iter();
    let questions: Vec<_> = ways.map(|(how, value)| (how, with(&value))).collect();
    let (how, _) = asker.first_accepted(questions).await;
    how.map(|how| format!("the same delivery, signed with {how},"))
}

/// Mistakes that handlers are known to make, and the value that they wait for; `parts` are what the scheme
/// signs.
fn ways(scheme: &Scheme, secret: &Secret, parts: &[&[u8]], body: &[u8]) -> Vec<(String, String)> {
    let mut ways = Vec::new();
    let key = secret.expose();
    if parts != [body] {
        let mac = mac::make(scheme.algorithm, secret, &[body]);
        let how = format!("{} of the body alone", scheme.algorithm);
        ways.push((how, scheme.write(&mac)));
    }
    for algorithm in Algorithm::ALL {
        let with = |prefix: &str| Scheme {
            algorithm,
            prefix: prefix.to_owned(),
            ..scheme.clone()
        };
        let word = algorithm.hash_name();
        let (bare, named) = (with(""), with(&format!("{word}=")));
        let mac = mac::make(algorithm, secret, parts);
        ways.push((format!("{algorithm}, without a prefix"), bare.write(&mac)));
        ways.push((
            format!("{algorithm}, with the prefix `{word}=`"),
            named.write(&mac),
        ));
        for (parts, how) in [
            (&[body][..], "the hash of the body without the secret"),
            (
                &[body, key],
                "the hash of body and secret, which is no HMAC",
            ),
            (
                &[key, body],
                "the hash of secret and body, which is no HMAC",
            ),
        ] {
            let value = scheme.write(&Hash::of(algorithm).digest(parts));
            ways.push((format!("{how} ({word})"), value));
        }
    }
    for other in keys(std::slice::from_ref(secret), &[]) {
        // The secret itself has no cause, and is signed with already.
        let Some(cause) = other.causes.first() else {
            continue;
        };
        let how = match cause.code {
            UNSET => format!(
                "{} for a secret (is its variable set where the endpoint runs?)",
                match other.bytes.is_empty() {
                    true => "an empty text",
                    false => cause.detail.as_str(),
                }
            ),
            _ => format!("another form of the secret: {}", cause.says()),
        };
        let other = Secret::new(other.bytes.to_vec(), secret.origin());
        let mac = mac::make(scheme.algorithm, &other, parts);
        ways.push((how, scheme.write(&mac)));
    }
    let right = scheme.write(&mac::make(scheme.algorithm, secret, parts));
    ways.retain(|(_, value)| *value != right);
    ways
}
