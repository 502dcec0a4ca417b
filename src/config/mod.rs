//! What is in force, resolved once: flags first, then the environment, then the profile of a
//! `cz-hook.toml`, then what the tool does by itself.

use std::path::Path;
use std::sync::OnceLock;

use crate::cli::{SecretArg, Shared};
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::fixture::Fixture;
use crate::webhook::signature::secret::Secret;

pub mod bounded;
pub mod file;
pub mod find;
pub mod forward_to;
pub mod in_force;
pub mod own;
pub mod profile;
mod provider;
pub mod secret_command;
pub mod secrets;
pub mod shape;

pub use secrets::SecretOptions;

use find::{Search, Trust, shown};
use profile::{Chosen, Layer, NamedBy};

/// What is in force for this run, besides the flags of its command.
#[derive(Debug)]
pub struct Settings {
    /// The providers that are known: the built-in ones and the user's own.
    pub catalog: &'static Catalog,
    /// The files that were read, the nearest first.
    layers: Vec<Layer>,
    /// Where there could have been one.
    absent: Vec<std::path::PathBuf>,
    chosen: Option<Chosen>,
    /// Read when a sample is asked for.
    fixtures: OnceLock<Vec<Fixture>>,
}

impl Settings {
    /// Looks the settings up.
    ///
    /// # Errors
    /// When they cannot be used as they are.
    pub fn load(shared: &Shared) -> Result<Self, Error> {
        let variable = match (&shared.config, shared.no_config) {
            (None, false) => profile::variable(find::VARIABLE)?,
            _ => None,
        };
        let named = shared
            .config
            .as_deref()
            .or(variable.as_deref().map(Path::new));
        let found = match shared.no_config {
            true => Search::default(),
            false => find::search(named)?,
        };
        let layers = found.sources.into_iter().map(profile::layer);
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        // Without a file there is no profile, whatever the environment says.
        let chosen = match shared.no_config {
            true => None,
            false => profile::choose(shared.profile.as_deref(), &layers)?,
        };
        let mut settings = Self {
            catalog: Catalog::builtin(),
            layers,
            absent: found.absent,
            chosen,
            fixtures: OnceLock::new(),
        };
        if let Some((path, layer)) = settings.providers_folder() {
            settings.catalog = own::catalog(path, &layer.source)?;
        }
        Ok(settings)
    }

    /// The one secret to sign with, if there is one. A profile's is only looked up when it `is_needed`.
    ///
    /// # Errors
    /// When a secret is empty or cannot be had from where it is said to be.
    pub fn signing_secret(
        &self,
        args: &SecretArg,
        is_needed: bool,
        console: &Console,
    ) -> Result<Option<Secret>, Error> {
        let given = secrets::given(args.secret.as_slice(), args.secret_file.as_slice(), console)?;
        match given.into_iter().next() {
            None if is_needed => Ok(self.profile_secrets(true, console)?.into_iter().next()),
            found => {
                self.note_what_went_over(found.as_slice(), console);
                Ok(found)
            }
        }
    }

    /// The secrets to verify with: those of flags and files in this order, or that of the environment,
    /// or those of the profile.
    ///
    /// # Errors
    /// As [`Settings::signing_secret`].
    pub fn verifying_secrets(
        &self,
        options: &SecretOptions,
        console: &Console,
    ) -> Result<Vec<Secret>, Error> {
        let given = secrets::given(&options.values, &options.files, console)?;
        match given.is_empty() {
            true => self.profile_secrets(false, console),
            false => {
                self.note_what_went_over(&given, console);
                Ok(given)
            }
        }
    }

    /// Whoever names a profile on the command line may have forgotten what is in the environment.
    fn note_what_went_over(&self, given: &[Secret], console: &Console) {
        let is_of_environment = given.iter().any(|s| s.origin() == secrets::VARIABLE);
        let is_named = self.chosen.as_ref().is_some_and(|c| c.by == NamedBy::Flag);
        if is_of_environment && is_named && self.secret_profile().is_some() {
            console.note(&format!(
                "{} goes over the profile's secret; unset it to use that",
                secrets::VARIABLE
            ));
        }
    }

    fn profile_secrets(
        &self,
        is_one_enough: bool,
        console: &Console,
    ) -> Result<Vec<Secret>, Error> {
        match (self.secret_profile(), &self.chosen) {
            (Some((profile, layer)), Some(chosen)) => {
                secrets::of_profile(profile, layer, chosen, is_one_enough, console)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The profile that says where the secret is: the nearest that may be followed, else the nearest.
    fn secret_profile(&self) -> Option<(&file::Profile, &Layer)> {
        let says = |profile: &file::Profile| !profile.secret_keys().is_empty();
        let may_be_followed = |profile: &file::Profile, layer: &Layer| {
            profile.secret_command.is_none() || layer.source.trust != Trust::Found
        };
        let name = &self.chosen.as_ref()?.name;
        let layers = self.layers.iter();
        let mut all = layers.filter_map(|layer| Some((layer.file.profiles.get(name)?, layer)));
        let first = all.find(|(profile, _)| says(profile))?;
        if may_be_followed(first.0, first.1) {
            return Some(first);
        }
        all.find(|(profile, layer)| says(profile) && may_be_followed(profile, layer))
            .or(Some(first))
    }

    /// The endpoint to send to.
    ///
    /// # Errors
    /// When none is given anywhere.
    pub fn url<'s>(&'s self, flag: Option<&'s str>) -> Result<&'s str, Error> {
        self.url_if_any(flag).ok_or_else(|| {
            Error::usage(
                "there is no endpoint to send to",
                "give it with --url, or write `url` into a profile of cz-hook.toml (`cz-hook init` \
                 starts one)",
            )
        })
    }

    /// The same where there is another way out.
    pub fn url_if_any<'s>(&'s self, flag: Option<&'s str>) -> Option<&'s str> {
        flag.or_else(|| Some(self.value(|profile| profile.url.as_deref())?.0))
    }

    /// Where deliveries are passed on to: what the flags say, else what the profile says.
    pub fn forward_to<'s>(&'s self, flags: &'s [String], console: &Console) -> &'s [String] {
        if !flags.is_empty() {
            return flags;
        }
        let Some((texts, path)) = self.forward_to_of_profile() else {
            return flags;
        };
        console.note(&format!(
            "deliveries are passed on as `forward_to` in {} says",
            shown(path)
        ));
        texts
    }

    /// What the profile says about it, and the file that it is in.
    pub fn forward_to_of_profile(&self) -> Option<(&[String], &Path)> {
        let (texts, layer) = self.value(|profile| profile.forward_to.as_ref())?;
        Some((&texts.0, &layer.source.path))
    }

    /// The headers to send: those of the flags, and those of the profile that have other names.
    pub fn headers(&self, flags: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        let of_profile = self.value(|profile| profile.headers.as_ref());
        let of_profile = of_profile.map_or(&[][..], |(headers, _)| &headers.0);
        let is_given = |name: &str| {
            flags
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        let kept = of_profile.iter().filter(|(name, _)| !is_given(name));
        kept.chain(flags).cloned().collect()
    }

    /// The user's own fixtures.
    ///
    /// # Errors
    /// When there is something in their folder that cannot be one.
    pub fn fixtures(&self) -> Result<&[Fixture], Error> {
        if let Some(fixtures) = self.fixtures.get() {
            return Ok(fixtures);
        }
        let read = match self.fixtures_folder() {
            Some((path, layer)) => {
                let otherwise = match self.names_provider(None) {
                    true => Some(self.producing(None)?),
                    false => None,
                };
                own::fixtures(path, &layer.source, self.catalog, otherwise)?
            }
            None => Vec::new(),
        };
        Ok(self.fixtures.get_or_init(|| read))
    }

    fn fixtures_folder(&self) -> Option<(&Path, &Layer)> {
        self.folder(|p| p.fixtures.as_deref(), |f| f.fixtures.as_deref())
    }

    fn providers_folder(&self) -> Option<(&Path, &Layer)> {
        self.folder(|p| p.providers.as_deref(), |f| f.providers.as_deref())
    }

    /// A folder of the profile, else of every profile.
    fn folder<'s>(
        &'s self,
        of_profile: impl Fn(&'s file::Profile) -> Option<&'s Path>,
        of_file: impl Fn(&'s file::File) -> Option<&'s Path>,
    ) -> Option<(&'s Path, &'s Layer)> {
        self.value(of_profile).or_else(|| {
            let mut layers = self.layers.iter();
            layers.find_map(|layer| Some((of_file(&layer.file)?, layer)))
        })
    }

    fn value<'s, T: 's>(
        &'s self,
        pick: impl Fn(&'s file::Profile) -> Option<T>,
    ) -> Option<(T, &'s Layer)> {
        profile::value(&self.layers, self.chosen.as_ref(), pick)
    }
}

/// Every secret that is known by name, those in use among them: of the environment and of every profile,
/// as far as it can be had without running a command. For saying which one a delivery was signed with.
pub fn other_secrets(settings: &Settings) -> Vec<Secret> {
    secrets::known(&settings.layers)
}

/// The error of a command that cannot do without a secret.
pub fn no_secret(doing: &str) -> Error {
    Error::usage(
        format!("there is no secret to {doing} with"),
        "give --secret, --secret-file, set CZ_HOOK_SECRET, or name one in a profile of cz-hook.toml",
    )
}
