//! What a listener says when it is ready: the lines and the file that scripts wait for, and a hint for people.

use std::fs;
use std::io::{IsTerminal, Write};
use std::path::Path;

use crate::commands::shared::quoting::quoted;
use crate::commands::ui;
use crate::error::{self, Error};
use crate::json_line;
use crate::output::console::Console;
use crate::output::delivery::Ready;
use crate::webhook::analysis::Analyzer;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::DEFAULT_PROVIDER;

use super::options::ListenOptions;
use super::reporter::OutputFormat;

/// The command that sends a sample which the listener accepts, without the URL; only for people, in a terminal.
pub(super) fn sample(
    analyzer: &Analyzer,
    options: &ListenOptions,
    format: OutputFormat,
) -> Option<String> {
    let is_shown = format == OutputFormat::Human && std::io::stderr().is_terminal();
    is_shown.then(|| sample_command(analyzer, options))
}

fn sample_command(analyzer: &Analyzer, options: &ListenOptions) -> String {
    let default = analyzer.catalog.provider(DEFAULT_PROVIDER);
    let provider = analyzer.provider.or(default);
    let event = provider.and_then(|provider| provider.events.first());
    let event = event.map_or("EVENT".into(), |event| quoted(&event.name));
    let mut command = format!("cz-hook send {event}");
    if let Some(provider) = provider.filter(|provider| provider.name != DEFAULT_PROVIDER) {
        command.push_str(&format!(" --provider {}", provider.name));
    }
    // A secret of the environment or of a profile is that of the sender, too; a public key is not.
    let schemes = provider.map(|provider| &provider.signatures[..]).unwrap_or_default();
    let has_public_key = schemes.iter().any(|scheme| scheme.algorithm.has_public_key());
    let is_known = !analyzer.secrets.is_empty() && options.secrets.is_empty();
    if has_public_key {
        command.push_str(" --secret PRIVATE_KEY");
    } else if provider.is_some_and(Provider::needs_secret) && !is_known {
        command.push_str(" --secret SECRET");
    }
    if let Some(url) = &options.context.public_url {
        command.push_str(&format!(" --public-url {}", quoted(url)));
    }
    command
}

/// Reports the listener's addresses: the lines and the file that scripts wait for. `to_open` is the inspector's address
/// for the browser.
pub(super) fn announce(
    ready: &Ready<'_>,
    port: u16,
    port_file: Option<&Path>,
    to_open: Option<&str>,
    sample: Option<&str>,
    format: OutputFormat,
    console: &Console,
) -> Result<(), Error> {
    let url = &ready.url;
    if let Some(path) = port_file {
        write_port_file(path, port)?;
    }
    if let Some(public) = &ready.public_url {
        console.say(&format!("reached from the internet at {public}"));
    }
    console.say(&format!("listening on {url}"));
    if let Some(url) = ready.ui {
        ui::announce(url, to_open, console);
    }
    if let Some(sample) = sample {
        console.hint(&format!("send it a sample: {sample} --url {url}"));
    }
    if format == OutputFormat::Json {
        console.print(&json_line::line(ready))?;
    }
    Ok(())
}

/// Removes the port file of an earlier run: its presence means that deliveries can be sent.
pub(super) fn remove_port_file(path: &Path) -> Result<(), Error> {
    // Never a device or a pipe, such as /dev/stdout, nor a link to one.
    if fs::symlink_metadata(path).is_ok_and(|about| !about.is_file()) {
        return Err(Error::usage(
            format!("{} is not a regular file: the port file would replace it", path.display()),
            "give the path of a new file with --port-file",
        ));
    }
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(
            format!("cannot remove {}: {}", path.display(), error::reason(&error)),
            "check the path given with --port-file",
        )),
        _ => Ok(()),
    }
}

/// Writes the port and a line end. The file appears complete or not at all, so that a script can read it as soon as it
/// exists.
fn write_port_file(path: &Path, port: u16) -> Result<(), Error> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let write = || -> std::io::Result<()> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(".port");
        // Other users may read it, as far as the process lets them read new files.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(format!("{port}\n").as_bytes())?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|error| {
        Error::io(
            format!("cannot write {}: {}", path.display(), error::reason(&error)),
            "check the path given with --port-file",
        )
    })
}
