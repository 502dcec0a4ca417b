//! The effective settings, resolved once: flags over the environment over the profile of a `cz-hook.toml` over
//! defaults.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::{Error, Note, Noted};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};
use crate::webhook::provider::folder::Fixture;
use crate::webhook::signature::secret::Secret;
use crate::webhook::suggest;

pub mod effective;
pub mod file;
pub mod find;
mod profile;
mod secrets;
mod user_providers;

pub use secrets::SecretOptions;

use file::{ConfigFile, Contents, Profile};
use find::{FileOrigin, Search, printable};
use profile::{ChosenProfile, ProfileOrigin};
use secrets::SecretReader;

/// The provider name that asks for each delivery's provider to be detected.
const AUTO: &str = "auto";

/// Which configuration a command line asks for.
#[derive(Clone, Debug, Default)]
pub struct ConfigOptions {
    /// The profile.
    pub profile: Option<String>,
    /// The one file to read.
    pub file: Option<PathBuf>,
    /// Read no file.
    pub no_file: bool,
}

/// The effective settings of this run, besides the options of its command.
#[derive(Debug)]
pub struct Settings {
    /// The known providers: the built-in ones and the user's custom ones.
    pub catalog: &'static Catalog,
    /// The files that were read, the nearest first.
    files: Vec<ConfigFile>,
    /// Where no file was found.
    absent: Vec<PathBuf>,
    chosen: Option<ChosenProfile>,
    /// Read when a sample is asked for.
    fixtures: OnceLock<Vec<Fixture>>,
}

impl Settings {
    /// Reads the files and chooses the profile.
    ///
    /// # Errors
    /// When a file, the profile or a custom provider cannot be used.
    pub fn load(options: &ConfigOptions) -> Result<Self, Error> {
        let variable = match (&options.file, options.no_file) {
            (None, false) => profile::variable(find::VARIABLE)?,
            _ => None,
        };
        let named = options.file.as_deref();
        let named = named.or(variable.as_deref().map(Path::new));
        // Without a file there is no profile, whatever the environment says.
        let (search, chosen) = match options.no_file {
            true => (Search::default(), None),
            false => {
                let search = find::search(named)?;
                let chosen = profile::choose(options.profile.as_deref(), &search.files)?;
                (search, chosen)
            }
        };
        let mut settings = Self {
            catalog: Catalog::builtin(),
            files: search.files,
            absent: search.absent,
            chosen,
            fixtures: OnceLock::new(),
        };
        if let Some((path, file)) = settings.providers_folder() {
            settings.catalog = user_providers::catalog(path, file)?;
        }
        Ok(settings)
    }

    /// The secret to sign with, if there is one. The profile's is only read when it `is_needed`.
    ///
    /// # Errors
    /// When a secret is empty or cannot be read.
    pub fn signing_secret(
        &self,
        options: &SecretOptions,
        is_needed: bool,
    ) -> Result<Noted<Option<Secret>>, Error> {
        let max = usize::from(is_needed);
        let Noted { value, notes } = self.secrets(options, max)?;
        let value = value.into_iter().next();
        Ok(Noted { value, notes })
    }

    /// The secrets to verify with: those of the command line, else that of the environment, else those of the
    /// profile.
    ///
    /// # Errors
    /// When a secret is empty or cannot be read.
    pub fn verifying_secrets(&self, options: &SecretOptions) -> Result<Noted<Vec<Secret>>, Error> {
        self.secrets(options, usize::MAX)
    }

    /// The given secrets, or at most `max` of the profile's.
    fn secrets(&self, options: &SecretOptions, max: usize) -> Result<Noted<Vec<Secret>>, Error> {
        let mut reader = SecretReader::default();
        let mut value = reader.given(options)?;
        let profile = self.secret_profile().zip(self.chosen.as_ref());
        match (&value[..], profile) {
            ([], Some(((profile, file), chosen))) if max > 0 => {
                value = reader.of_profile(profile, file, &chosen.name, max)?;
            }
            // The user named a profile, and may have forgotten the variable.
            ([secret], Some((_, chosen)))
                if secret.origin() == secrets::VARIABLE && chosen.origin == ProfileOrigin::Flag =>
            {
                reader.notes.push(Note::Info(format!(
                    "{} takes precedence over the profile's secret; unset it to use the profile's",
                    secrets::VARIABLE
                )));
            }
            _ => {}
        }
        let notes = reader.notes;
        Ok(Noted { value, notes })
    }

    /// The profile that says where the secret is: the nearest that is trusted, else the nearest.
    fn secret_profile(&self) -> Option<(&Profile, &ConfigFile)> {
        let has_secret = |profile: &Profile| !profile.secret_keys().is_empty();
        let is_trusted = |profile: &Profile, file: &ConfigFile| {
            profile.secret_command.is_none() || file.origin != FileOrigin::Project
        };
        let name = &self.chosen.as_ref()?.name;
        let files = self.files.iter();
        let mut all = files.filter_map(|file| Some((file.contents.profiles.get(name)?, file)));
        let first = all.find(|(profile, _)| has_secret(profile))?;
        if is_trusted(first.0, first.1) {
            return Some(first);
        }
        all.find(|(profile, layer)| has_secret(profile) && is_trusted(profile, layer))
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
                "give it with --url, or set `url` in a profile of cz-hook.toml (`cz-hook init` writes one)",
            )
        })
    }

    /// The endpoint to send to, for commands that work without one.
    pub fn url_if_any<'s>(&'s self, flag: Option<&'s str>) -> Option<&'s str> {
        flag.or_else(|| Some(self.value(|profile| profile.url.as_deref())?.0))
    }

    /// Where to forward deliveries: what the flags say, else what the profile says.
    pub fn forward_to<'s>(&'s self, flags: &'s [String]) -> Noted<&'s [String]> {
        match self.forward_to_of_profile() {
            Some((routes, path)) if flags.is_empty() => Noted {
                value: routes,
                notes: vec![Note::Info(format!(
                    "deliveries are forwarded as `forward_to` in {} says",
                    printable(path)
                ))],
            },
            _ => Noted {
                value: flags,
                notes: Vec::new(),
            },
        }
    }

    /// The profile's `forward_to`, and the file that it is in.
    pub fn forward_to_of_profile(&self) -> Option<(&[String], &Path)> {
        let (routes, file) = self.value(|profile| profile.forward_to.as_ref())?;
        Some((&routes.0, &file.path))
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

    /// The provider to produce deliveries of: the flag's, else the profile's, else the default one.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn producing(&self, flag: Option<&str>) -> Result<&'static Provider, Error> {
        match self.named_provider(flag) {
            // In a profile, `auto` is for receiving.
            None | Some((AUTO, Some(_))) => self.provider(DEFAULT_PROVIDER, None, ""),
            Some((name, file)) => self.provider(name, file, ""),
        }
    }

    /// The provider to expect; `None` for `auto`.
    ///
    /// # Errors
    /// When there is no such provider.
    pub fn receiving(&self, flag: Option<&str>) -> Result<Option<&'static Provider>, Error> {
        match self.named_provider(flag) {
            None | Some((AUTO, _)) => Ok(None),
            Some((name, file)) => self.provider(name, file, ", auto").map(Some),
        }
    }

    /// Whether the flag or the profile names a provider to produce deliveries of.
    pub fn names_provider(&self, flag: Option<&str>) -> bool {
        self.named_provider(flag)
            .is_some_and(|(name, _)| name != AUTO)
    }

    /// The name, and the file of the profile that names it.
    fn named_provider<'s>(
        &'s self,
        flag: Option<&'s str>,
    ) -> Option<(&'s str, Option<&'s ConfigFile>)> {
        let of_profile = || {
            let (name, file) = self.value(|profile| profile.provider.as_deref())?;
            Some((name, Some(file)))
        };
        flag.map(|name| (name, None)).or_else(of_profile)
    }

    fn provider(
        &self,
        name: &str,
        file: Option<&ConfigFile>,
        other_names: &str,
    ) -> Result<&'static Provider, Error> {
        self.catalog.provider(name).ok_or_else(|| {
            let names: Vec<_> = self.catalog.providers().map(|p| p.name.as_str()).collect();
            let all = names.join(", ") + other_names;
            let hint = match suggest::nearest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? Available: {all}"),
                None => format!("available: {all}"),
            };
            let source = file.map_or(String::new(), |file| {
                format!(" (`provider` in {})", printable(&file.path))
            });
            let name = crate::escape::line(name.as_bytes());
            Error::usage(format!("there is no provider `{name}`{source}"), hint)
        })
    }

    /// The user's custom fixtures.
    ///
    /// # Errors
    /// When a file in their folder is not one.
    pub fn fixtures(&self) -> Result<&[Fixture], Error> {
        if let Some(fixtures) = self.fixtures.get() {
            return Ok(fixtures);
        }
        let fixtures = match self.fixtures_folder() {
            Some((path, file)) => {
                let otherwise = match self.names_provider(None) {
                    true => Some(self.producing(None)?),
                    false => None,
                };
                user_providers::fixtures(path, file, self.catalog, otherwise)?
            }
            None => Vec::new(),
        };
        Ok(self.fixtures.get_or_init(|| fixtures))
    }

    fn fixtures_folder(&self) -> Option<(&Path, &ConfigFile)> {
        self.folder(|p| p.fixtures.as_deref(), |c| c.fixtures.as_deref())
    }

    fn providers_folder(&self) -> Option<(&Path, &ConfigFile)> {
        self.folder(|p| p.providers.as_deref(), |c| c.providers.as_deref())
    }

    /// A folder that the profile names, else one that a file names for every profile.
    fn folder<'s>(
        &'s self,
        of_profile: impl Fn(&'s Profile) -> Option<&'s Path>,
        of_file: impl Fn(&'s Contents) -> Option<&'s Path>,
    ) -> Option<(&'s Path, &'s ConfigFile)> {
        self.value(of_profile).or_else(|| {
            let mut files = self.files.iter();
            files.find_map(|file| Some((of_file(&file.contents)?, file)))
        })
    }

    fn value<'s, T: 's>(
        &'s self,
        pick: impl Fn(&'s Profile) -> Option<T>,
    ) -> Option<(T, &'s ConfigFile)> {
        profile::value(&self.files, self.chosen.as_ref(), pick)
    }
}

/// Every secret of the environment and of every profile that can be read without running a command, those in use
/// among them: to tell which one a delivery was signed with.
pub fn other_secrets(settings: &Settings) -> Vec<Secret> {
    secrets::known(&settings.files)
}

/// The error of a command that needs a secret.
pub fn no_secret(verb: &str) -> Error {
    Error::usage(
        format!("there is no secret to {verb} with"),
        "give --secret, --secret-file, set CZ_HOOK_SECRET, or name one in a profile of cz-hook.toml",
    )
}
