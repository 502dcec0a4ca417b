//! The environment variables that a tunnel client gets: it connects to a third party's server.

use std::ffi::{OsStr, OsString};

use crate::webhook::signature::Secret;

/// What programs need to run at all, and where they find their own settings.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TERM", "TMPDIR", "TMP",
    "TEMP", "HOSTNAME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "XDG_CONFIG_HOME", "XDG_DATA_HOME",
    "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_DIRS", "XDG_DATA_DIRS",
    "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "NIX_SSL_CERT_FILE", "LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LC_NUMERIC", "LC_TIME", "LC_COLLATE",
    // ssh, as a tunnel client
    "SSH_AUTH_SOCK", "SSH_AGENT_PID", "SSH_ASKPASS", "SSH_ASKPASS_REQUIRE",
    // Windows
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERNAME", "USERDOMAIN",
    "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
    "PROGRAMFILES", "PROGRAMFILES(X86)", "PROGRAMW6432", "COMMONPROGRAMFILES", "COMPUTERNAME",
    "OS", "NUMBER_OF_PROCESSORS", "PROCESSOR_ARCHITECTURE",
];

/// How the names of the clients' own variables begin.
const PREFIXES: [&str; 4] = ["BORE_", "CLOUDFLARE", "NGROK_", "TUNNEL_"];

/// The variables among these that a client gets: those that it needs, unless one holds one of the secrets.
pub(super) fn allowed(
    all: impl Iterator<Item = (OsString, OsString)>,
    secrets: &[Secret],
) -> impl Iterator<Item = (OsString, OsString)> {
    all.filter(|(name, value)| {
        let value = value.as_encoded_bytes();
        is_allowed(name) && !secrets.iter().any(|secret| secret.expose() == value)
    })
}

fn is_allowed(name: &OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    NAMES.contains(&name.as_str()) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_what_it_needs_and_nothing_else() {
        let given = [
            ("PATH", "p"),
            ("https_proxy", "q"),
            ("NGROK_AUTHTOKEN", "n"),
            ("TUNNEL_TOKEN", "t"),
            ("Path", "w"),
            ("LC_ALL", "C"),
            ("CZ_HOOK_SECRET", "s"),
            ("CZ_HOOK_CONFIG", "c"),
            ("AWS_SECRET_ACCESS_KEY", "a"),
            ("GITHUB_TOKEN", "g"),
            ("SECRET_KEY", "k"),
            ("MY_PATH", "m"),
            ("SSH_PASS", "x"),
            ("LC_SECRET", "y"),
            ("NGROK_API_KEY", "secret"),
        ];
        let secrets = [Secret::new(b"secret".to_vec(), "test")];
        let given = given.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        let kept = allowed(given, &secrets).map(|(name, _)| name.into_string().unwrap());
        let expected = ["PATH", "https_proxy", "NGROK_AUTHTOKEN", "TUNNEL_TOKEN", "Path", "LC_ALL"];
        assert_eq!(kept.collect::<Vec<_>>(), expected);
    }
}
