//! Which provider is meant: by a flag, by the profile, or by nobody.

use crate::error::Error;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::DEFAULT_PROVIDER;
use crate::webhook::suggest;

use super::Settings;
use super::find::shown;
use super::profile::Layer;

/// The word that asks for each delivery's provider to be recognised.
const AUTO: &str = "auto";

impl Settings {
    /// The provider to make deliveries of: the one named, else the profile's, else the default one.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn producing(&self, flag: Option<&str>) -> Result<&'static Provider, Error> {
        match self.named_provider(flag) {
            None | Some((AUTO, None)) => self.find(flag.unwrap_or(DEFAULT_PROVIDER), None, ""),
            // In a profile `auto` is for receiving.
            Some((AUTO, Some(_))) => self.find(DEFAULT_PROVIDER, None, ""),
            Some((name, layer)) => self.find(name, layer, ""),
        }
    }

    /// The provider to expect; `None` for `auto`.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn receiving(&self, flag: Option<&str>) -> Result<Option<&'static Provider>, Error> {
        match self.named_provider(flag) {
            None | Some((AUTO, _)) => Ok(None),
            Some((name, layer)) => self.find(name, layer, ", auto").map(Some),
        }
    }

    /// Whether a flag or the profile names a provider to make deliveries of.
    pub fn names_provider(&self, flag: Option<&str>) -> bool {
        self.named_provider(flag)
            .is_some_and(|(name, _)| name != AUTO)
    }

    fn named_provider<'s>(&'s self, flag: Option<&'s str>) -> Option<(&'s str, Option<&'s Layer>)> {
        let of_profile = || {
            let (name, layer) = self.value(|profile| profile.provider.as_deref())?;
            Some((name, Some(layer)))
        };
        flag.map(|name| (name, None)).or_else(of_profile)
    }

    fn find(
        &self,
        name: &str,
        layer: Option<&Layer>,
        or: &str,
    ) -> Result<&'static Provider, Error> {
        self.catalog.provider(name).ok_or_else(|| {
            let names: Vec<_> = self.catalog.providers().map(|p| p.name.as_str()).collect();
            let hint = match suggest::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? There are: {}{or}", names.join(", ")),
                None => format!("there are: {}{or}", names.join(", ")),
            };
            let place = layer.map_or(String::new(), |layer| {
                format!(" (`provider` in {})", shown(&layer.source.path))
            });
            let name = crate::escape::line(name.as_bytes());
            Error::usage(format!("there is no provider `{name}`{place}"), hint)
        })
    }
}
