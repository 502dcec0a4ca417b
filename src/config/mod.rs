//! The effective settings, resolved once: flags over the environment over the profile of a `cz-hook.toml` over
//! defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::error::{Error, Note, Noted};
use crate::escape;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};
use crate::webhook::provider::folder::Fixture;
use crate::webhook::signature::Secret;
use crate::webhook::suggest;

pub(crate) mod file;
pub(crate) mod listing;
mod search;
mod secrets;
pub(crate) mod trust;
mod user_providers;

pub(crate) use search::{is_writable_by_others, nearest, needs_trust, trust_file, trustable};
pub(crate) use secrets::{SecretOptions, VerifyToken};

/// The variables that hold secrets: no other program needs them.
pub(crate) const SECRET_VARIABLES: [&str; 2] = [secrets::VARIABLE, secrets::VERIFY_TOKEN];

use file::{ConfigFile, Contents, Profile, printable};
use search::Search;
use secrets::SecretReader;

/// The provider name that asks for each delivery's provider to be detected.
const AUTO: &str = "auto";
/// The variable that names a profile.
const PROFILE_VARIABLE: &str = "CZ_HOOK_PROFILE";
/// The profile that is used when none is named.
const DEFAULT_PROFILE: &str = "default";

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

/// What to do with a found file that the user has not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UntrustedFile {
    /// Use only its choice of a built-in provider. A profile that needs more cannot be chosen.
    Limit,
    /// The same, and any of its profiles can be chosen, to be shown.
    Show,
    /// Read all of it, to be checked.
    Check,
}

/// The keys that name secrets.
const SECRET_KEYS: [&str; 4] = ["secret", "secret_env", "secret_file", "secret_command"];

/// The effective settings of this run, besides the options of its command.
pub struct Settings {
    /// The built-in providers and the user's custom ones.
    pub(crate) catalog: &'static Catalog,
    /// Why folders of custom providers are not used.
    pub(crate) unusable: Vec<Error>,
    /// The files that were read, the nearest first.
    files: Vec<ConfigFile>,
    /// Where no file was found.
    absent: Vec<PathBuf>,
    chosen: Option<ChosenProfile>,
    /// Read when a sample is asked for.
    fixtures: OnceLock<Vec<Fixture>>,
    /// What they were read by.
    options: ConfigOptions,
}

/// What may be known of a profile by everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProfileInfo {
    pub name: String,
    /// Whether it says where a secret is.
    pub has_secret: bool,
    pub provider: Option<String>,
    /// Its `url` and `forward_to`.
    pub endpoints: Vec<String>,
}

impl Settings {
    /// Reads the files and chooses the profile.
    ///
    /// # Errors
    /// When a file, the profile or a custom provider cannot be used.
    pub fn load(options: &ConfigOptions) -> Result<Self, Error> {
        Self::load_as(options, UntrustedFile::Limit)
    }

    pub(crate) fn load_as(options: &ConfigOptions, how: UntrustedFile) -> Result<Self, Error> {
        let variable = match (&options.file, options.no_file) {
            (None, false) => variable(file::VARIABLE)?,
            _ => None,
        };
        let named = options.file.as_deref();
        let named = named.or(variable.as_deref().map(Path::new));
        // Without a file there is no profile, whatever the environment says.
        let (search, chosen) = match options.no_file {
            true => (Search::default(), None),
            false => {
                let mut search = search::search(named)?;
                if how != UntrustedFile::Check {
                    search.files.iter_mut().for_each(ConfigFile::limit);
                }
                let chosen = choose_profile(options.profile.as_deref(), &search.files, how)?;
                (search, chosen)
            }
        };
        let mut settings = Self {
            catalog: Catalog::builtin(),
            unusable: Vec::new(),
            files: search.files,
            absent: search.absent,
            chosen,
            fixtures: OnceLock::new(),
            options: options.clone(),
        };
        if let Some((path, file)) = settings.providers_folder() {
            let (catalog, unusable) = user_providers::catalog(path, file)?;
            (settings.catalog, settings.unusable) = (catalog, unusable);
        }
        Ok(settings)
    }

    /// The settings of another profile of the same files.
    pub(crate) fn of_profile(&self, name: &str) -> Result<Self, Error> {
        Self::load(&ConfigOptions { profile: Some(name.to_owned()), ..self.options.clone() })
    }

    /// The profiles that can be used. No secret is read.
    pub(crate) fn profiles(&self) -> Vec<ProfileInfo> {
        let mut all: BTreeMap<&str, ProfileInfo> = BTreeMap::new();
        let usable = self.files.iter().filter(|file| file.untrusted.is_none());
        // What the nearest file says counts.
        for (name, profile) in usable.flat_map(|file| &file.contents.profiles) {
            let info = all.entry(name).or_insert_with(|| ProfileInfo {
                name: name.clone(),
                has_secret: false,
                provider: None,
                endpoints: Vec::new(),
            });
            info.has_secret |= !profile.secret_keys().is_empty();
            info.provider = info.provider.take().or_else(|| profile.provider.clone());
            info.endpoints.extend(profile.url.clone());
            let routes = profile.forward_to.iter().flat_map(|routes| &routes.0);
            info.endpoints.extend(routes.map(|route| file::split_route(route).1.to_owned()));
        }
        all.into_values().collect()
    }

    /// The secret of the chosen profile, whatever the environment says.
    pub(crate) fn profile_secret(&self) -> Result<Noted<Option<Secret>>, Error> {
        let mut reader = SecretReader::default();
        let secrets = match self.secret_profile().zip(self.chosen.as_ref()) {
            Some(((profile, file), chosen)) => reader.of_profile(profile, file, &chosen.name, 1)?,
            None => Vec::new(),
        };
        Ok(Noted { value: secrets.into_iter().next(), notes: reader.notes })
    }

    /// The secret to sign with, if there is one. The profile's is only read when it `is_needed`.
    pub(crate) fn signing_secret(
        &self,
        options: &SecretOptions,
        is_needed: bool,
    ) -> Result<Noted<Option<Secret>>, Error> {
        let max = usize::from(is_needed);
        let Noted { value, notes } = self.secrets(options, max)?;
        Ok(Noted { value: value.into_iter().next(), notes })
    }

    /// The secrets to verify with: those of the command line, else that of the environment, else those of the
    /// profile.
    pub(crate) fn verifying_secrets(
        &self,
        options: &SecretOptions,
    ) -> Result<Noted<Vec<Secret>>, Error> {
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

    /// What the verify token of a handshake is: the flag's, else the environment's, else the profile's.
    pub(crate) fn verify_token(
        &self,
        flag: Option<&VerifyToken>,
    ) -> Result<Noted<Option<Secret>>, Error> {
        let mut reader = SecretReader::default();
        let profile = self.value(|profile| profile.verify_token.as_ref());
        let profile = profile.zip(self.chosen.as_ref());
        let profile = profile.map(|((value, file), chosen)| (value, file, chosen.name.as_str()));
        let value = reader.verify_token(flag, profile)?;
        Ok(Noted { value, notes: reader.notes })
    }

    /// The profile that says where the secret is: the nearest in a file that is trusted.
    fn secret_profile(&self) -> Option<(&Profile, &ConfigFile)> {
        let name = &self.chosen.as_ref()?.name;
        let trusted = self.files.iter().filter(|file| file.untrusted.is_none());
        let mut all = trusted.filter_map(|file| Some((file.contents.profiles.get(name)?, file)));
        all.find(|(profile, _)| !profile.secret_keys().is_empty())
    }

    /// What to tell the user about an untrusted file: which of its settings are ignored.
    pub(crate) fn security_note(&self) -> Option<String> {
        self.files.iter().find_map(ConfigFile::security_note)
    }

    /// The error of something that is missing, with what to run when a file that is not trusted has one of the `keys`
    /// that would provide it.
    pub(crate) fn explain(&self, mut error: Error, keys: &[&str]) -> Error {
        for file in &self.files {
            let ignored = file.untrusted.as_ref().map(|untrusted| &untrusted.ignored);
            let key = keys.iter().find(|key| ignored.is_some_and(|all| all.contains(**key)));
            if let Some(key) = key {
                let path = printable(&file.path);
                let hint = &error.hint;
                error.hint = format!(
                    "read {path}, then run `cz-hook trust` to use its {key}; otherwise {hint}"
                );
                break;
            }
        }
        error
    }

    /// The error of a command that needs a secret.
    pub(crate) fn no_secret(&self, verb: &str) -> Error {
        self.explain(no_secret(verb), &SECRET_KEYS)
    }

    /// The endpoint to send to.
    pub(crate) fn url<'s>(&'s self, flag: Option<&'s str>) -> Result<&'s str, Error> {
        self.url_if_any(flag).ok_or_else(|| {
            let error = Error::usage(
                "there is no endpoint to send to",
                "give it with --url, or set `url` in a profile of cz-hook.toml (`cz-hook init` writes one)",
            );
            self.explain(error, &["url"])
        })
    }

    /// The endpoint to send to, for commands that work without one.
    pub(crate) fn url_if_any<'s>(&'s self, flag: Option<&'s str>) -> Option<&'s str> {
        flag.or_else(|| Some(self.value(|profile| profile.url.as_deref())?.0))
    }

    /// The URL that providers send to, which some sign.
    pub(crate) fn public_url<'s>(&'s self, flag: Option<&'s str>) -> Option<&'s str> {
        flag.or_else(|| Some(self.value(|profile| profile.public_url.as_deref())?.0))
    }

    /// The values from the profile that providers sign in addition to the request, by name.
    pub(crate) fn signature_settings(&self) -> BTreeMap<String, String> {
        let found = self.value(|profile| profile.settings.clone());
        found.map(|(settings, _)| settings).unwrap_or_default()
    }

    /// Where to forward deliveries: what the flags say, else what the profile says.
    pub(crate) fn forward_to<'s>(&'s self, flags: &'s [String]) -> Noted<&'s [String]> {
        match self.forward_to_of_profile() {
            Some((routes, path)) if flags.is_empty() => Noted {
                value: routes,
                notes: vec![Note::Info(format!(
                    "deliveries are forwarded as `forward_to` in {} says",
                    printable(path)
                ))],
            },
            _ => Noted { value: flags, notes: Vec::new() },
        }
    }

    /// The profile's `forward_to`, and the file that it is in.
    pub(crate) fn forward_to_of_profile(&self) -> Option<(&[String], &Path)> {
        let (routes, file) = self.value(|profile| profile.forward_to.as_ref())?;
        Some((&routes.0, &file.path))
    }

    /// The headers to send: those of the flags, and those of the profile that have other names.
    pub(crate) fn headers(&self, flags: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
        let of_profile = self.value(|profile| profile.headers.as_ref());
        let of_profile = of_profile.map_or(&[][..], |(headers, _)| &headers.0);
        let is_given = |name: &str| flags.iter().any(|(given, _)| given.eq_ignore_ascii_case(name));
        let kept = of_profile.iter().filter(|(name, _)| !is_given(name));
        kept.chain(flags).cloned().collect()
    }

    /// The provider to produce deliveries of: the flag's, else the profile's, else the default one.
    pub(crate) fn producing(&self, flag: Option<&str>) -> Result<&'static Provider, Error> {
        match self.named_provider(flag) {
            // In a profile, `auto` is for receiving.
            None | Some((AUTO, Some(_))) => self.provider(DEFAULT_PROVIDER, None, ""),
            Some((name, file)) => self.provider(name, file, ""),
        }
    }

    /// The provider to expect; `None` for `auto`.
    pub(crate) fn receiving(&self, flag: Option<&str>) -> Result<Option<&'static Provider>, Error> {
        match self.named_provider(flag) {
            None | Some((AUTO, _)) => Ok(None),
            Some((name, file)) => self.provider(name, file, ", auto").map(Some),
        }
    }

    /// Refuses to send the secret itself, as the provider does, when only an untrusted file chose the provider.
    pub(crate) fn check_disclosure(
        &self,
        flag: Option<&str>,
        provider: &Provider,
    ) -> Result<(), Error> {
        match self.named_provider(flag) {
            Some((name, Some(file))) if file.is_limited && name == provider.name => {
                Err(Error::usage(
                    format!(
                        "{} is not trusted, and it chooses {name}, whose requests contain your secret itself",
                        printable(&file.path)
                    ),
                    format!("give --provider {name}, or read the file and run `cz-hook trust`"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// Whether the flag or the profile names a provider to produce deliveries of.
    pub(crate) fn names_provider(&self, flag: Option<&str>) -> bool {
        self.named_provider(flag).is_some_and(|(name, _)| name != AUTO)
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
        let catalog = match file.is_some_and(|file| file.is_limited) {
            true => Catalog::builtin(),
            false => self.catalog,
        };
        let found = self.catalog.provider(name).filter(|_| catalog.provider(name).is_some());
        found.ok_or_else(|| {
            let names: Vec<_> = catalog.names().collect();
            let all = names.join(", ") + other_names;
            let hint = available(name, &names, &all);
            let source = file.map_or(String::new(), |file| {
                format!(" (`provider` in {})", printable(&file.path))
            });
            let name = escape::line(name.as_bytes());
            let error = Error::usage(format!("there is no provider `{name}`{source}"), hint);
            self.explain(error, &["providers"])
        })
    }

    /// The user's custom fixtures.
    pub(crate) fn fixtures(&self) -> Result<&[Fixture], Error> {
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

    /// The first value that `pick` finds in the chosen profile, and the file that it is in.
    fn value<'s, T: 's>(
        &'s self,
        pick: impl Fn(&'s Profile) -> Option<T>,
    ) -> Option<(T, &'s ConfigFile)> {
        let name = &self.chosen.as_ref()?.name;
        self.files.iter().find_map(|file| {
            let profile = file.contents.profiles.get(name)?;
            Some((pick(profile)?, file))
        })
    }
}

/// Every secret of the environment and of every profile that can be read without running a command, those in use
/// among them: to tell which one a delivery was signed with.
pub fn other_secrets(settings: &Settings) -> Vec<Secret> {
    secrets::all(&settings.files)
}

/// The profile that is used.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ChosenProfile {
    name: String,
    origin: ProfileOrigin,
}

/// What named the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
enum ProfileOrigin {
    Flag,
    Variable,
    /// `default_profile` in this file.
    File(PathBuf),
    /// Nothing: it is the one called `default`.
    Default,
}

/// The profile to use, if there is one: the one that the flag, the variable or `default_profile` names, or the
/// one called `default`.
fn choose_profile(
    flag: Option<&str>,
    files: &[ConfigFile],
    how: UntrustedFile,
) -> Result<Option<ChosenProfile>, Error> {
    let chosen =
        |name: &str, origin: ProfileOrigin| ChosenProfile { name: name.to_owned(), origin };
    let named = match (flag, variable(PROFILE_VARIABLE)?) {
        (Some(name), _) => Some(chosen(name, ProfileOrigin::Flag)),
        (None, Some(name)) => Some(chosen(&name, ProfileOrigin::Variable)),
        (None, None) => files.iter().find_map(|file| {
            let name = file.contents.default_profile.as_deref()?;
            Some(chosen(name, ProfileOrigin::File(file.path.clone())))
        }),
    };
    let has = |file: &ConfigFile, name: &str| file.contents.profiles.contains_key(name);
    let is_there = |name: &str| files.iter().any(|file| has(file, name));
    let needs_trust = |file: &ConfigFile, name: &str| {
        file.untrusted.as_ref().is_some_and(|untrusted| untrusted.limited.contains(name))
    };
    match named {
        Some(chosen) if is_there(&chosen.name) => {
            let mut holding = files.iter().filter(|file| has(file, &chosen.name));
            match holding.clone().all(|file| needs_trust(file, &chosen.name)) {
                true if how == UntrustedFile::Limit => {
                    Err(untrusted_profile(&chosen.name, holding.next()))
                }
                _ => Ok(Some(chosen)),
            }
        }
        Some(chosen) => Err(unknown_profile(&chosen, files)),
        None => {
            Ok(is_there(DEFAULT_PROFILE).then(|| chosen(DEFAULT_PROFILE, ProfileOrigin::Default)))
        }
    }
}

/// A variable's value. Set but empty is a mistake: in CI the secret behind it may be missing.
fn variable(name: &str) -> Result<Option<String>, Error> {
    match std::env::var_os(name).map(std::ffi::OsString::into_string) {
        None => Ok(None),
        Some(Ok(value)) if !value.is_empty() => Ok(Some(value)),
        Some(_) => Err(Error::usage(
            format!("the variable {name} is set, but it is empty or not UTF-8"),
            match name {
                file::VARIABLE => "unset it, or use --no-config to ignore every file",
                _ => "unset it, or name a profile",
            },
        )),
    }
}

fn unknown_profile(chosen: &ChosenProfile, files: &[ConfigFile]) -> Error {
    let mut names: Vec<&str> =
        files.iter().flat_map(|file| file.contents.profiles.keys().map(String::as_str)).collect();
    names.sort_unstable();
    names.dedup();
    let all = names.join(", ");
    let hint = match names.is_empty() {
        false => available(&chosen.name, &names, &all),
        true if files.is_empty() => {
            "no cz-hook.toml was found: `cz-hook init` writes one, `cz-hook config` lists the paths that \
             were searched"
                .to_owned()
        }
        true => "the file has no profile: a profile begins with [profile.NAME]".to_owned(),
    };
    let name = escape::line(chosen.name.as_bytes());
    let by = match &chosen.origin {
        ProfileOrigin::File(path) => format!(" (default_profile in {})", printable(path)),
        _ => String::new(),
    };
    Error::usage(format!("there is no profile `{name}`{by}"), escape::line(hint.as_bytes()))
}

fn untrusted_profile(name: &str, file: Option<&ConfigFile>) -> Error {
    let name = escape::line(name.as_bytes());
    let path = file.map_or(String::new(), |file| printable(&file.path));
    let reason = file.and_then(|file| file.untrusted.as_ref()).map_or("", |u| &u.reason);
    Error::usage(
        format!("the profile `{name}` cannot be used: {path} {reason}"),
        format!("read {path}, then run `cz-hook trust`; or name the file: --config {path}"),
    )
}

/// The hint of a name that does not exist: the nearest that does, and all of them.
fn available(name: &str, names: &[&str], all: &str) -> String {
    match suggest::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Available: {all}"),
        None => format!("available: {all}"),
    }
}

/// The error of a command that needs a secret.
pub(crate) fn no_secret(verb: &str) -> Error {
    Error::usage(
        format!("there is no secret to {verb} with"),
        "give --secret, --secret-file, set CZ_HOOK_SECRET, or name one in a profile of cz-hook.toml",
    )
}
