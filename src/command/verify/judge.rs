//! Whose a delivery is and what its signature is worth, by what the command line says.

use jiff::Timestamp;

use crate::cli::verify::VerifyArgs;
use crate::config::Settings;
use crate::error::Error;
use crate::report::console::Console;
use crate::webhook::body::outline::{Landmarks, Outline};
use crate::webhook::body::skim::skim;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::examine::{check_recognised, unrecognised, without_bom};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::recognise::{Recognition, recognise, recognise_value};
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::verify::SignatureReport;

/// What decides. Any thread may ask it.
pub(super) struct Judge<'g> {
    pub args: &'g VerifyArgs,
    pub settings: &'g Settings,
    pub provider: Option<&'static Provider>,
    pub secrets: Vec<Secret>,
    pub console: &'g Console,
}

impl Judge<'_> {
    /// What was given beside a body has no place beside a request.
    pub fn refuse_beside(&self) -> Result<(), Error> {
        if self.args.signature.is_none() && self.args.headers.is_empty() {
            return Ok(());
        }
        Err(Error::usage(
            "the input is a request with its own headers, and a signature was given beside it",
            "leave out --signature and --header, or give --format body if it is a body",
        ))
    }

    /// The headers that were given beside a body.
    pub fn add_headers(&self, headers: &mut Headers) {
        for (name, value) in &self.args.headers {
            headers.push(name, value.as_slice());
        }
    }

    /// The signature that was given beside a body, under the header of the provider that was recognised.
    pub fn add_signature(
        &self,
        recognition: &Recognition<'_>,
        headers: &mut Headers,
    ) -> Result<(), Error> {
        let Some(provider) = recognition.provider else {
            return Err(ask_for_provider(self.settings.catalog, recognition));
        };
        match (&provider.signature, &self.args.signature) {
            (Some(scheme), Some(value)) => headers.push(&scheme.header, value.trim()),
            (None, Some(_)) => {
                return Err(Error::usage(
                    format!("a signature was given, and {} does not sign", provider.name),
                    "leave out --signature, or name the provider that does with --provider",
                ));
            }
            (_, None) => {}
        }
        Ok(())
    }

    /// Whose a delivery is.
    pub fn recognised(&self, delivery: &Delivery) -> Recognition<'static> {
        self.recognised_by(&delivery.headers, |landmarks| {
            skim(landmarks, without_bom(&delivery.body))
        })
    }

    /// Only what tells providers apart is taken out of the body, however large it is.
    pub fn recognised_by(
        &self,
        headers: &Headers,
        outline: impl FnOnce(&Landmarks) -> Option<Outline>,
    ) -> Recognition<'static> {
        if let Some(provider) = self.provider {
            return Recognition::of(provider);
        }
        let catalog = self.settings.catalog;
        let body = outline(catalog.landmarks());
        match &self.args.signature {
            Some(value) => recognise_value(catalog, value.trim().as_bytes(), body.as_ref()),
            None => recognise(catalog, headers, body.as_ref()),
        }
    }

    /// What its signature is worth.
    pub fn check(&self, recognition: &Recognition<'_>, delivery: &Delivery) -> SignatureReport {
        // A capture is judged as of when it came; a body alone, as of now.
        let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
        check_recognised(recognition, delivery, &self.secrets, moment)
    }
}

fn ask_for_provider(catalog: &Catalog, recognition: &Recognition<'_>) -> Error {
    let names: Vec<_> = catalog.providers().map(|p| p.name.as_str()).collect();
    Error::usage(
        format!(
            "the provider cannot be recognised: {}",
            unrecognised(recognition)
        ),
        format!("name it with --provider: {}", names.join(", ")),
    )
}
