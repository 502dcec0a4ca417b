//! Whose a delivery is and what its signature is worth, by what the command line says.

use jiff::Timestamp;

use crate::cli::verify::VerifyArgs;
use crate::config::Settings;
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::analysis::{check_detected, undetected, without_bom};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::outline::{Landmarks, Outline};
use crate::webhook::payload::skim::skim;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::detect::{Detection, detect, detect_by_value};
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
        detection: &Detection<'_>,
        headers: &mut Headers,
    ) -> Result<(), Error> {
        let Some(provider) = detection.provider else {
            return Err(ask_for_provider(self.settings.catalog, detection));
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
    pub fn detected(&self, delivery: &Delivery) -> Detection<'static> {
        self.detected_by(&delivery.headers, |landmarks| {
            skim(landmarks, without_bom(&delivery.body))
        })
    }

    /// Only what tells providers apart is taken out of the body, however large it is.
    pub fn detected_by(
        &self,
        headers: &Headers,
        outline: impl FnOnce(&Landmarks) -> Option<Outline>,
    ) -> Detection<'static> {
        if let Some(provider) = self.provider {
            return Detection::of(provider);
        }
        let catalog = self.settings.catalog;
        let body = outline(catalog.landmarks());
        match &self.args.signature {
            Some(value) => detect_by_value(catalog, value.trim().as_bytes(), body.as_ref()),
            None => detect(catalog, headers, body.as_ref()),
        }
    }

    /// What its signature is worth.
    pub fn check(&self, detection: &Detection<'_>, delivery: &Delivery) -> SignatureReport {
        // A capture is judged as of when it came; a body alone, as of now.
        let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
        check_detected(detection, delivery, &self.secrets, moment)
    }
}

fn ask_for_provider(catalog: &Catalog, detection: &Detection<'_>) -> Error {
    let names: Vec<_> = catalog.providers().map(|p| p.name.as_str()).collect();
    Error::usage(
        format!(
            "the provider cannot be recognised: {}",
            undetected(detection)
        ),
        format!("name it with --provider: {}", names.join(", ")),
    )
}
