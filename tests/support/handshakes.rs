//! A provider of the user's with every kind of handshake.

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Hook, hook};

pub const PROVIDER: &str = r#"
name = "acme"
title = "Acme"
document = "Acme's page"

[signature]
header = "x-acme-signature"
algorithm = "hmac-sha256"
encoding = "hex"

[envelope]
keys = ["kind", "order"]
event = "/kind"
agent = "/shop"
data = "/order"

[[handshake]]
name = "subscribe"
summary = "the URL is registered"
method = "GET"
when = [{ query = "hub.mode", is = "subscribe" }, { query = "hub.challenge" }]
check = { query = "hub.verify_token" }
request = { query = { "hub.challenge" = "{digits}" } }
respond = { status = 200, body = "{query:hub.challenge}" }

[[handshake]]
name = "echo"
summary = "the URL is registered"
method = "GET"
when = [{ query = "echo" }]
respond = { status = 200, body = "{query:echo}" }

[[handshake]]
name = "alive"
summary = "the URL is saved"
method = "HEAD"
respond = { status = 200 }

[[handshake]]
name = "url-verification"
summary = "the URL is saved"
method = "POST"
signed = true
when = [{ body = "/type", is = "url_verification" }]
request = { json = { token = "deprecated" } }
respond = [
  { status = 200, body = "{body:/challenge}" },
  { status = 200, json = { challenge = "{body:/challenge}" } },
]

[[handshake]]
name = "url-validation"
summary = "the URL is saved, and every 72 hours"
method = "POST"
when = [{ body = "/event", is = "endpoint.url_validation" }]
respond = { json = { plainToken = "{body:/payload/plainToken}", encryptedToken = "{hmac-sha256-hex:body:/payload/plainToken}" } }

[[handshake]]
name = "ping"
summary = "the URL is saved"
method = "POST"
signed = true
when = [{ header = "x-acme-signature" }, { body = "/type", is = 0 }]
refuse_status = 401
respond = { status = 204 }

[[handshake]]
name = "hook-secret"
summary = "a webhook is created"
method = "POST"
when = [{ header = "x-hook-secret" }]
key = { header = "x-hook-secret" }
respond = { headers = { "x-hook-secret" = "{header:x-hook-secret}" } }

[[handshake]]
name = "token"
summary = "a subscription is created"
method = "POST"
when = [{ body = "/verification_token" }]
key = { body = "/verification_token" }
respond = { status = 200 }

[[event]]
name = "order.paid"
summary = "an order was paid"
payload = "documented"
"#;

/// A folder with a configuration that names the folder of providers.
pub struct Place {
    dir: TempDir,
}

impl Place {
    /// With the provider above.
    pub fn new() -> Self {
        Self::with(&[("acme", PROVIDER)])
    }

    /// With these providers.
    pub fn with(providers: &[(&str, &str)]) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        for (name, text) in providers {
            let folder = place.path(&format!("providers/{name}"));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("provider.toml"), text).unwrap();
            let sample = r#"{"kind": "order.paid", "shop": "s", "order": {"name": "Zoe"}}"#;
            std::fs::write(folder.join("order.paid.json"), sample).unwrap();
        }
        place.configure("");
        place
    }

    /// Writes the configuration, with these keys in its default profile.
    pub fn configure(&self, profile: &str) {
        let text = format!("providers = 'providers'\n[profile.default]\n{profile}");
        std::fs::write(self.path("cz-hook.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().unwrap().join(name)
    }

    pub fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Hook {
        hook(args).arg("--config").arg(self.path("cz-hook.toml"))
    }
}
