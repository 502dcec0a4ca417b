//! `cz-hook.toml`: precedence, lookup, profiles and secrets.

mod custom_providers;
mod custom_samples;
mod lookup;
mod mistakes;
mod precedence;
mod profile;
mod schema_budget;
mod secrets;
mod trust;

use std::fs;
use std::path::PathBuf;

use crate::support::{Hook, hook};
use tempfile::TempDir;

/// A project in a folder of its own, and a home next to it.
struct Project {
    dir: TempDir,
}

impl Project {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("home/.config/cz-hook")).unwrap();
        fs::create_dir_all(dir.path().join("project/.git")).unwrap();
        Self { dir }
    }

    /// A project with this file, which the user trusts.
    fn with(project: &str) -> Self {
        let place = Self::new();
        place.trusted(project);
        place
    }

    /// Writes the project's file and trusts it, if it can be used at all.
    fn trusted(&self, text: impl AsRef<[u8]>) {
        self.write("project/cz-hook.toml", text);
        self.run(["trust"]).run();
    }

    fn path(&self, name: &str) -> PathBuf {
        // The temporary folder of the system may be a symbolic link.
        self.dir.path().canonicalize().unwrap().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    fn own(&self, text: &str) {
        self.write("home/.config/cz-hook/cz-hook.toml", text);
    }

    fn run<const N: usize>(&self, args: [&str; N]) -> Hook {
        let home = self.path("home");
        hook(args)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .env("HOME", home)
            .within(self.path("project"))
    }
}

/// A project with a file that the user has not trusted.
fn cloned(text: &str) -> Project {
    let place = Project::new();
    place.write("project/cz-hook.toml", text);
    place
}

/// The value that `sign --print value` prints with a secret.
fn signature(secret: &str) -> String {
    let ran = hook(["sign", "lead.submit", "--print", "value", "--secret", secret]);
    ran.run().exits(0).out().to_owned()
}
