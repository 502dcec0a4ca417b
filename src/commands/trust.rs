//! `cz-hook trust`: the list of the found `cz-hook.toml` files that the user trusts.

use std::path::{Path, PathBuf};

use crate::config::file::{FILE_NAME, printable};
use crate::config::{self, ConfigOptions, trust};
use crate::error::{Error, Exit};
use crate::output::console::Console;
use crate::output::table::{self, Cell};

#[derive(Debug)]
pub struct TrustOptions {
    /// The file, or its folder; without one the nearest that is found.
    pub file: Option<PathBuf>,
    pub action: TrustAction,
}

#[derive(Clone, Copy, Debug)]
pub enum TrustAction {
    Trust,
    List,
    Revoke,
}

pub fn run(
    options: &TrustOptions,
    config: &ConfigOptions,
    console: &Console,
) -> Result<Exit, Error> {
    if config.file.is_some() {
        return Err(Error::usage(
            "a file that --config names needs no trust",
            "leave out --config, or give the file to trust: cz-hook trust FILE",
        ));
    }
    match options.action {
        TrustAction::Trust => trust(&chosen(options)?, console)?,
        TrustAction::List => list(console)?,
        TrustAction::Revoke => revoke(&chosen(options)?, console)?,
    }
    Ok(Exit::Success)
}

fn chosen(options: &TrustOptions) -> Result<PathBuf, Error> {
    match &options.file {
        Some(path) => config::trustable(path),
        None => config::nearest().ok_or_else(|| {
            Error::usage(
                format!("there is no {FILE_NAME} in this folder or above it"),
                "name the file; `cz-hook trust --list` lists the trusted ones",
            )
        }),
    }
}

fn trust(path: &Path, console: &Console) -> Result<(), Error> {
    let keys = config::trust_file(path)?;
    let path_text = printable(path);
    console.report(&format!("trusted {path_text}\n"))?;
    if !keys.is_empty() {
        console.note(&format!("it sets {}", keys.join(", ")));
    }
    if config::is_writable_by_others(path) {
        console.security_note(&format!(
            "other users can write {path_text}; after a change it is not trusted until you run `cz-hook trust` again"
        ));
    }
    Ok(())
}

fn list(console: &Console) -> Result<(), Error> {
    let files = trust::list()?;
    if files.is_empty() {
        console.note("no file is trusted");
        return Ok(());
    }
    let rows: Vec<_> =
        files.iter().map(|(path, state)| [path.as_str(), state].map(Cell::from)).collect();
    console.print(table::text(["FILE", "STATE"], &rows, console.out).as_bytes())
}

fn revoke(path: &Path, console: &Console) -> Result<(), Error> {
    let path_text = printable(path);
    match trust::remove(path)? {
        true => console.report(&format!("{path_text} is not trusted any more\n")),
        false => Err(Error::usage(
            format!("{path_text} was not trusted"),
            "`cz-hook trust --list` lists the trusted files",
        )),
    }
}
