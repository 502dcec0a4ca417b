//! The requests of `replay` in bulk: the deliveries of a capture in turn, byte for byte or re-signed.

use bytes::Bytes;

use super::options::BulkOptions;
use super::run::{self, Workload};
use super::unique;
use crate::commands::shared::hidden::without_secret;
use crate::commands::shared::resign::replace_signature;
use crate::commands::shared::signing::tampered;
use crate::error::{Error, Exit};
use crate::http::readdress::{readdress, set_length};
use crate::http::{Endpoint, Transport};
use crate::load::generator::Encoder;
use crate::load::plan::Order;
use crate::load::summary::Label;
use crate::load::template::SignedWith;
use crate::output::console::Console;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::signature::request::is_form;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::sign::{SignError, Signing, Stamp, sign};
use crate::webhook::signature::tamper::Tamper;
use crate::webhook::signature::{Secret, SignatureContext};

/// A delivery to send again: changed already, and the schemes to sign it with.
pub(in crate::commands) struct Recorded {
    pub delivery: Delivery,
    pub schemes: Vec<&'static Scheme>,
    /// Whether its signature is the secret itself.
    pub has_token: bool,
    pub label: Label,
}

/// What to send, how and where.
pub(in crate::commands) struct BulkReplay {
    pub recorded: Vec<Recorded>,
    pub endpoint: Endpoint,
    pub transport: Transport,
    /// To sign again; `None` leaves the signatures.
    pub secret: Option<Secret>,
    pub context: SignatureContext,
    pub at: Option<jiff::Timestamp>,
    pub add: bool,
    pub json: bool,
    /// The headers of -H, which the deliveries have.
    pub headers: Headers,
}

/// Sends them.
pub(in crate::commands) fn run(
    replay: BulkReplay,
    bulk: &BulkOptions,
    console: &Console,
) -> Result<Exit, Error> {
    let is_resigned = replay.secret.is_some();
    if !is_resigned && (bulk.unique.is_some() || !bulk.shares.tamper.is_empty()) {
        return Err(Error::usage(
            "--unique and --tamper change what is signed, and nothing is signed again",
            "add --resign and the secret",
        ));
    }
    if bulk.export.is_some() {
        replay.check_export()?;
    }
    let all = replay.recorded.len();
    let plan = bulk.plan(Order::InTurn(all));
    let run = plan.run();
    let mut labels: Vec<Label> = Vec::new();
    let mut kinds = Vec::new();
    for one in &replay.recorded {
        let delivery = &one.delivery;
        let given = bulk.unique.as_deref().unwrap_or_default();
        let body = unique::template(&delivery.body, is_form(delivery), given, &run, replay.add)?;
        let label = labels.iter().position(|label| *label == one.label).unwrap_or_else(|| {
            labels.push(one.label.clone());
            labels.len() - 1
        });
        kinds.push((label, body));
    }
    // The responses have to be read as those to one method.
    let methods = replay.recorded.iter().map(|one| one.delivery.method.as_str());
    let method = methods.clone().next().unwrap_or("POST").to_owned();
    if methods.clone().any(|other| other != method) {
        return Err(Error::usage(
            "the deliveries have different methods, which are not sent in bulk",
            "choose deliveries with --id or --event",
        ));
    }
    let workload = Workload {
        plan,
        labels,
        kinds,
        endpoint: replay.endpoint.clone(),
        transport: replay.transport.clone(),
        at: replay.at,
        method,
        retries: None,
        all: u64::try_from(all).ok(),
        json: replay.json,
        dry_run: false,
        encoder: Box::new(replay),
    };
    run::run(workload, bulk, console)
}

impl BulkReplay {
    /// Refuses to export deliveries that other tools would send in another way, or with a secret in the file.
    fn check_export(&self) -> Result<(), Error> {
        let target = self.endpoint.target();
        for one in &self.recorded {
            if readdress(&one.delivery, &self.endpoint).target != target {
                return Err(Error::usage(
                    "the deliveries would go to several paths or queries, and a file for another tool has one URL",
                    "give a URL with a path and a query, such as http://localhost:3000/webhook?from=replay",
                ));
            }
            if self.secret.is_none() && one.has_token {
                return Err(Error::usage(
                    "the signature of a delivery is the secret itself, which would be in the file",
                    "add --resign: the file reads the secret from the environment then",
                ));
            }
            if one.schemes.len() > 1 {
                return Err(Error::usage(
                    "a delivery has several signatures, which other tools do not make",
                    "name one with --require-signature, or leave out --resign",
                ));
            }
        }
        Ok(())
    }

    fn one(&self, kind: usize) -> Result<&Recorded, Error> {
        self.recorded.get(kind).ok_or_else(|| Error::usage("there is nothing to send", ""))
    }
}

impl Encoder for BulkReplay {
    fn encode(
        &self,
        kind: usize,
        body: Bytes,
        stamp: &Stamp,
        how: Option<Tamper>,
    ) -> Result<Delivery, Error> {
        let one = self.one(kind)?;
        let mut delivery = one.delivery.clone();
        let cannot = |why: SignError| {
            Error::usage(format!("a delivery cannot be re-signed: {why}"), "leave out --resign")
        };
        if delivery.body != body {
            delivery.body = body;
            set_length(&mut delivery.headers, &delivery.body);
        }
        if let Some(secret) = &self.secret {
            let stamp = Stamp { renew: true, ..stamp.clone() };
            for scheme in &one.schemes {
                let signed = match how {
                    None => sign(scheme, secret, &delivery, &self.context, &stamp),
                    Some(how) => {
                        let signing =
                            Signing::new(scheme, secret, &delivery, &self.context, &stamp)
                                .map_err(cannot)?;
                        let tampered = tampered(how, &signing)?;
                        if tampered.signature.is_none()
                            && let Some(header) = scheme.header()
                        {
                            delivery.headers.remove(header);
                        }
                        signing.place(tampered.body, tampered.signature.as_deref())
                    }
                };
                replace_signature(&mut delivery, signed.map_err(cannot)?);
            }
        }
        Ok(readdress(&delivery, &self.endpoint))
    }

    fn signed_with(&self, kind: usize) -> Result<Option<SignedWith<'_>>, Error> {
        let one = self.one(kind)?;
        Ok(match (&self.secret, &one.schemes[..]) {
            (Some(secret), [scheme]) => Some(SignedWith { scheme, secret, context: &self.context }),
            _ => None,
        })
    }

    fn shown(&self, kind: usize, delivery: &Delivery) -> Delivery {
        let schemes = self.recorded.get(kind).map(|one| &one.schemes[..]).unwrap_or_default();
        let mut shown = without_secret(delivery, schemes.iter().copied(), self.secret.as_ref());
        shown.headers.hide_values(&self.headers);
        shown
    }
}
