//! Signs a captured delivery again, in the place of its old signature.

use crate::config::Settings;
use crate::error::Error;
use crate::http::readdress;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::parse_fields;
use crate::webhook::provider::detect::detect;
use crate::webhook::provider::{Content, Provider};
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::sign::{Signed, Stamp, sign};
use crate::webhook::signature::{Secret, SignatureContext};

use super::signing::{SigningOptions, named_schemes, unsignable};

pub(crate) struct Resigner<'r> {
    pub settings: &'r Settings,
    pub signing: &'r SigningOptions,
    pub context: &'r SignatureContext,
    /// The provider of all deliveries, if it was named.
    pub provider: Option<&'r str>,
}

/// Puts a new signature in the place of the old one.
pub(crate) fn replace_signature(delivery: &mut Delivery, signed: Signed) {
    for (name, value) in signed.headers {
        delivery.headers.set_value(&name, value);
    }
    if delivery.body != signed.body {
        delivery.body = signed.body;
        readdress::set_length(&mut delivery.headers, &delivery.body);
    }
}

impl Resigner<'_> {
    /// Signs a delivery in the place of the old signature.
    ///
    /// Returns the schemes that signed it.
    pub(crate) fn resign(
        &self,
        id: u64,
        delivery: &mut Delivery,
        secret: &Secret,
    ) -> Result<Vec<&'static Scheme>, Error> {
        let stamp = Stamp { renew: true, ..self.signing.stamp() };
        let schemes = self.schemes(id, delivery, secret)?;
        for scheme in &schemes {
            let signed = sign(scheme, secret, delivery, self.context, &stamp).map_err(|why| {
                let error = unsignable(&why, "leave out --resign");
                let message = error.message.replacen("the delivery", &format!("delivery {id}"), 1);
                Error { message, ..error }
            })?;
            replace_signature(delivery, signed);
        }
        Ok(schemes)
    }

    /// The schemes to sign with: those whose signature the delivery has, of which the secret is a key; else the one that
    /// signs new deliveries.
    pub(crate) fn schemes(
        &self,
        id: u64,
        delivery: &Delivery,
        secret: &Secret,
    ) -> Result<Vec<&'static Scheme>, Error> {
        let provider = self.provider(id, delivery)?;
        if !provider.signs() {
            return Err(Error::usage(
                format!("{} does not sign: delivery {id} cannot be re-signed", provider.name),
                "leave out --resign for it",
            ));
        }
        self.signing.check_disclosure(self.settings, self.provider, provider)?;
        let required = self.signing.context.required.as_deref();
        let mut found: Vec<&'static Scheme> = Vec::new();
        for scheme in named_schemes(provider, required)? {
            let is_there = scheme.is_in(delivery);
            let is_first = found.iter().all(|other| other.location != scheme.location);
            if is_there && is_first && scheme.key.signing(scheme.algorithm, secret).is_ok() {
                found.push(scheme);
            }
        }
        match found.is_empty() {
            true => Ok(vec![self.signing.scheme(provider, secret)?]),
            false => Ok(found),
        }
    }

    fn provider(&self, id: u64, delivery: &Delivery) -> Result<&'static Provider, Error> {
        if let Some(name) = self.provider {
            return self.settings.producing(Some(name));
        }
        let catalog = self.settings.catalog;
        let body = delivery.decoded_body();
        let json = parse_fields(&body, catalog.fields()).ok();
        detect(catalog, &delivery.headers, &Content::new(delivery, &body, json.as_ref()))
            .provider
            .or(self.settings.receiving(None)?)
            .ok_or_else(|| {
                Error::usage(
                    format!("the provider of delivery {id} cannot be recognised"),
                    format!("name it: --id {id} --provider NAME"),
                )
            })
    }
}
