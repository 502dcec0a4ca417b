//! `cz-hook init`: writes a commented `cz-hook.toml`, and never overwrites one.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use crate::config::file::FILE_NAME;
use crate::error::{self, Error, Exit};
use crate::output::console::Console;

/// The file. It sets nothing until a line is uncommented.
const TEMPLATE: &str = include_str!("../config/template.toml");

pub fn run(folder: &Path, console: &Console) -> Result<Exit, Error> {
    let path = folder.join(FILE_NAME);
    let mut options = OpenOptions::new();
    let opened = options.write(true).create_new(true).open(&path);
    let mut file = opened.map_err(|why| match why.kind() {
        ErrorKind::AlreadyExists => Error::usage(
            format!("{} already exists and is not changed", path.display()),
            "edit it, or give another folder with --dir",
        ),
        ErrorKind::NotFound => Error::usage(
            format!("there is no folder {}", folder.display()),
            "create it first, or give another with --dir",
        ),
        _ => unwritable(&path, &why),
    })?;
    file.write_all(TEMPLATE.as_bytes())
        .map_err(|why| unwritable(&path, &why))?;
    console.report(&format!("wrote {}\n", path.display()))?;
    console.hint("uncomment what you need; `cz-hook config` shows the effective settings");
    Ok(Exit::Success)
}

fn unwritable(path: &Path, why: &std::io::Error) -> Error {
    Error::io(
        format!("cannot write {}: {}", path.display(), error::reason(why)),
        "check the folder's permissions, or give another with --dir",
    )
}

#[cfg(test)]
mod tests {
    use super::TEMPLATE;
    use crate::config::file::Contents;

    #[test]
    fn the_template_sets_nothing_until_it_is_uncommented_and_is_valid_then() {
        assert!(Contents::parse(TEMPLATE).unwrap().profiles.is_empty());
        // A setting is commented out with `#` alone, prose with `# `.
        let settings: Vec<_> = TEMPLATE
            .lines()
            .filter_map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')))
            .collect();
        let (alternatives, settings): (Vec<_>, Vec<_>) = settings
            .into_iter()
            .partition(|line| line.starts_with("secret_file") || line.starts_with("secret_com"));
        let file = Contents::parse(&settings.join("\n")).unwrap();
        assert!(file.profiles.len() > 1, "{:?}", file.profiles.keys());
        assert!(alternatives.len() > 1);
        for line in alternatives {
            Contents::parse(&format!("[profile.a]\n{line}")).unwrap();
        }
    }
}
