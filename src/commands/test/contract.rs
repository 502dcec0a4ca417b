//! The contract of a run: the file, what it names, and the deliveries that it describes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::commands::send::{Signer, headers, prepare};
use crate::commands::shared::named_files::refusal;
use crate::commands::shared::sample::{SampleOptions, SignableBody, signable_body};
use crate::config::Settings;
use crate::conformance::{Case, Contract, ContractCase, ContractError, ContractStep};
use crate::error::Error;
use crate::escape;
use crate::http::Endpoint;
use crate::output::console::Console;
use crate::read_limited;
use crate::webhook::delivery::Headers;
use crate::webhook::provider::Provider;

/// The longest file that a contract names, in bytes.
const MAX_FILE: usize = 16 << 20;

/// A contract with the file that it is in.
pub struct ContractFile {
    /// The path as it was given.
    path: PathBuf,
    pub contract: Contract,
}

/// The cases of a contract with the bodies that they send.
pub struct Prepared {
    name: String,
    cases: Vec<(ContractCase, SignableBody)>,
}

impl ContractFile {
    pub fn read(path: &Path) -> Result<Self, Error> {
        let name = name(path);
        let bytes = read_limited::setting(path, &name)?;
        let text = String::from_utf8(bytes).map_err(|why| {
            let before = why.as_bytes().get(..why.utf8_error().valid_up_to()).unwrap_or_default();
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            Error::usage(
                format!("{name}, line {line}: this is not UTF-8"),
                "save the file as UTF-8",
            )
        })?;
        let folder = folder_of(path);
        let mut files = |named: &Path| read_named(&folder, named);
        let contract = Contract::read(&text, &mut files).map_err(|why| unusable(&name, why))?;
        Ok(Self { path: path.to_owned(), contract })
    }

    /// The provider of the run: the contract's, which the command line must not contradict.
    pub fn provider<'c>(&'c self, flag: Option<&'c str>) -> Result<Option<&'c str>, Error> {
        match (self.contract.provider.as_deref(), flag) {
            (Some(own), Some(flag)) if own != flag => Err(Error::usage(
                format!("{} is a contract for {own}, and --provider is {flag}", name(&self.path)),
                "leave out one of them",
            )),
            (own, flag) => Ok(own.or(flag)),
        }
    }

    /// Finds the bodies of all cases.
    pub fn prepare(
        self,
        provider: &Provider,
        settings: &Settings,
        console: &Console,
    ) -> Result<Prepared, Error> {
        let name = name(&self.path);
        let body = |case: ContractCase| {
            let delivery = &case.delivery;
            let options = SampleOptions {
                event: delivery.event.clone(),
                provider: Some(provider.name.clone()),
                channel: delivery.channel.clone(),
                data: delivery.own_body.as_ref().map(|(_, bytes)| bytes.clone()),
                set: delivery.set.clone(),
                add: delivery.add,
                ..SampleOptions::default()
            };
            let body = signable_body(&options, settings, console);
            let body = body.map_err(|why| in_delivery(&name, &case, why))?;
            Ok((case, body))
        };
        let cases = self.contract.cases.into_iter().map(body).collect::<Result<_, Error>>()?;
        Ok(Prepared { name, cases })
    }
}

impl Prepared {
    /// The cases of the run.
    pub fn cases(&self) -> impl Iterator<Item = Case> {
        self.cases.iter().enumerate().map(|(number, (case, _))| case.case(number))
    }

    /// What sends the cases. `extra` are the headers of every request of the run.
    pub fn steps(
        self,
        endpoint: &Endpoint,
        signer: &Signer,
        extra: &Headers,
    ) -> Result<Vec<ContractStep>, Error> {
        let name = self.name;
        let step = |(case, body): (ContractCase, SignableBody)| {
            let place = |why| in_delivery(&name, &case, why);
            let mut own = headers(case.delivery.headers.clone()).map_err(place)?;
            own.replace_all(extra);
            let signer = Signer {
                headers: own,
                method: case.delivery.method.clone().unwrap_or_else(|| signer.method.clone()),
                ..signer.clone()
            };
            let (endpoint, tamper) = (endpoint.clone(), case.delivery.tamper);
            let make = move || Ok(prepare(body.clone(), &endpoint, &signer, tamper)?.delivery);
            // What cannot be sent is an error before anything is sent.
            make().map_err(place)?;
            let make = move || make().map_err(|why: Error| why.message);
            Ok(ContractStep::new(case.clone(), name.clone(), make))
        };
        self.cases.into_iter().map(step).collect()
    }
}

/// The path as messages and reports show it.
fn name(path: &Path) -> String {
    escape::line(read_limited::name(path).as_bytes())
}

/// The folder of a file; the working directory for standard input.
fn folder_of(path: &Path) -> PathBuf {
    let stored = path.is_file().then(|| fs::canonicalize(path).ok()).flatten();
    let folder = stored.and_then(|path| Some(path.parent()?.to_owned()));
    folder.unwrap_or_else(|| PathBuf::from("."))
}

fn read_named(folder: &Path, named: &Path) -> Result<Vec<u8>, Error> {
    let shown = escape::line(named.as_os_str().as_encoded_bytes());
    let real = |path: &Path| fs::canonicalize(path).map_err(|why| Error::reading(named, &why));
    let (folder, path) = (real(folder)?, real(&folder.join(named))?);
    if let Some(refusal) = refusal("contract", &shown, &folder, &path) {
        return Err(refusal);
    }
    let bytes = read_limited::file(&path, MAX_FILE).map_err(|why| Error::reading(named, &why))?;
    bytes.ok_or_else(|| read_limited::too_long(&shown, MAX_FILE))
}

/// The error of a contract that cannot be used.
fn unusable(name: &str, why: ContractError) -> Error {
    let ContractError { line, key, message, hint } = why;
    let key = if key.is_empty() { key } else { format!("{key}: ") };
    let message = format!("{name}, line {line}: {key}{message}");
    Error::usage(escape::line(message.as_bytes()), escape::line(hint.as_bytes()))
}

/// The error of a delivery that cannot be made.
fn in_delivery(name: &str, case: &ContractCase, why: Error) -> Error {
    let key = format!("cases.{}.send", case.name);
    let line = case.delivery.line;
    unusable(name, ContractError { line, key, message: why.message, hint: why.hint })
}
