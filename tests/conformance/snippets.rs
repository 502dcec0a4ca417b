//! The snippets for other providers, each on its own runtime: they accept what `cz-hook send` signs, and refuse it
//! tampered with. The examples for the default provider are tested in receivers.rs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::endpoints::reasons;
use crate::support::receiver::Receiver;
use crate::support::{Ran, SECRET, hook, root};

/// A provider, and its keys: one that signs and one that verifies.
struct Case {
    provider: &'static str,
    key: Key,
    /// The modes of `--tamper` that must be refused.
    tamperings: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Key {
    Shared(&'static str),
    Ed25519,
}

const TAMPERINGS: &[&str] = &["signature", "body", "missing", "secret", "truncated", "uppercase"];

const fn case(provider: &'static str, key: Key) -> Case {
    Case { provider, key, tamperings: TAMPERINGS }
}

const TEXT: Key = Key::Shared(SECRET);
const WHSEC: Key = Key::Shared("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfTb1P3kLM=");

/// One of each kind of scheme: a prefix, items with a time, items with an id and a base64 key, a signed header, the
/// URL with a form, a token, a public key, base64.
const CASES: &[Case] = &[
    case("github", TEXT),
    case("stripe", TEXT),
    case("standard-webhooks", WHSEC),
    case("slack", TEXT),
    case("twilio", TEXT),
    Case { tamperings: &["signature", "missing", "secret", "truncated"], ..case("telegram", TEXT) },
    case("discord", Key::Ed25519),
    case("shopify", TEXT),
    case("zoom", TEXT),
];

const PUBLIC_URL: &str = "https://shop.example.com/webhook";

impl Case {
    /// The key that signs and the one that verifies, as the variable contains them.
    fn keys(&self) -> (String, String) {
        match self.key {
            Key::Shared(secret) => (secret.to_owned(), secret.to_owned()),
            Key::Ed25519 => {
                let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).expect("a key");
                (pair.serialize_pem(), crate::support::hex(pair.public_key_raw()))
            }
        }
    }

    fn send(&self, receiver: &Receiver, secret: &str, args: &[&str]) -> Ran {
        let url = receiver.url();
        let own = ["send", "--all", "--provider", self.provider, "--url", &url];
        hook(own).args(["--public-url", PUBLIC_URL]).args(args).env("CZ_HOOK_SECRET", secret).run()
    }
}

/// The file of a snippet in a folder of its own, where the stack finds its modules.
fn file(stack: &str, folder: &str, args: &[&str], place: &str) -> PathBuf {
    let line = hook(["snippet", stack, "--json"]).args(args).run().exits(0).json().remove(0);
    let folder = root().join("target/receivers").join(folder).join("snippets").join(place);
    std::fs::create_dir_all(&folder).expect("a folder");
    let name = Path::new(line["file"].as_str().expect("a name")).file_name().expect("a name");
    let path = folder.join(name);
    std::fs::write(&path, line["text"].as_str().expect("a text")).expect("a file");
    path
}

/// Some cases on a stack: their endpoints start at once.
fn verifies(stack: &'static str, folder: &'static str, cases: &'static [Case]) {
    let mut running = Vec::new();
    for case in cases {
        let file = file(stack, folder, &["--provider", case.provider], case.provider);
        let (signing, verifying) = case.keys();
        let settings = [("PUBLIC_URL", PUBLIC_URL)];
        let Some(receiver) = Receiver::of_file(folder, &file, &verifying, &settings) else {
            return;
        };
        running.push((case, receiver, signing));
    }
    for (case, receiver, signing) in &mut running {
        let name = case.provider;
        assert!(receiver.starts(), "{stack} {name}: {}", receiver.log());
        let listening = format!("listening on {}", receiver.url());
        assert!(receiver.log().contains(&listening), "{stack} {name}: {}", receiver.log());
        let ran = case.send(receiver, signing, &[]);
        assert_eq!(ran.code, Some(0), "{stack} {name}: {}\n{}", ran.out(), receiver.log());
        for mode in case.tamperings {
            let ran = case.send(receiver, signing, &["--tamper", mode, "--expect-status", "400"]);
            assert_eq!(ran.code, Some(0), "{stack} {name} {mode}: {}\n{}", ran.out(), ran.stderr);
        }
        if case.provider == "stripe" {
            let old = ["--timestamp", "1700000000", "--expect-status", "400"];
            let ran = case.send(receiver, signing, &old);
            assert_eq!(ran.code, Some(0), "{stack} {name}, old: {}", ran.out());
        }
        if matches!((stack, case.provider), ("express", "github") | ("flask", "stripe")) {
            passes_strictly(case, receiver);
        }
        assert!(!receiver.log().contains(signing.as_str()), "{stack} {name} prints its secret");
    }
}

/// `cz-hook test --strict` finds nothing.
fn passes_strictly(case: &Case, receiver: &Receiver) {
    let url = receiver.url();
    let test = ["test", "--json", "--strict", "--skip", "behaviour/time", "--url", &url];
    let ran = hook(test).args(["--provider", case.provider]).env("CZ_HOOK_SECRET", SECRET).run();
    assert_eq!(ran.code, Some(0), "{} {}\n{}", receiver.name, case.provider, reasons(&ran));
}

macro_rules! languages {
    ($($language:ident: $stack:literal in $folder:literal,)*) => {
        $(mod $language {
            #[test]
            fn prefix_items_and_base64_key() {
                super::verifies($stack, $folder, &super::CASES[..3]);
            }

            #[test]
            fn signed_header_form_and_token() {
                super::verifies($stack, $folder, &super::CASES[3..6]);
            }

            #[test]
            fn public_key_base64_and_text() {
                super::verifies($stack, $folder, &super::CASES[6..]);
            }
        })*
    };
}

languages! {
    javascript: "express" in "node-express",
    python: "flask" in "python-flask",
    php: "php" in "php",
    ruby: "rack" in "ruby-rack",
    go: "go" in "go",
    java: "java" in "java",
}

/// A snippet with the vendor's library, with the modules of tests/vendor_libraries.
fn verifies_with_a_library(stack: &'static str, folder: &'static str, case: &Case) {
    let modules = root().join("tests/vendor_libraries/node_modules");
    let python = root().join("target/vendor_libraries");
    if !modules.join("installed").is_file() || !python.join("installed").is_file() {
        crate::support::programs::skip("tests/vendor_libraries/setup has not run");
        return;
    }
    let place = format!("{}-library", case.provider);
    let args = ["--provider", case.provider, "--library"];
    let file = file(stack, folder, &args, &place);
    let mut path = String::new();
    if stack == "express" {
        link_modules(&modules, file.parent().expect("a folder"));
    } else {
        let found = Command::new(python.join("bin/python"))
            .args(["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
            .output()
            .expect("it starts");
        path = String::from_utf8(found.stdout).expect("UTF-8").trim().to_owned();
    }
    let (signing, verifying) = case.keys();
    let settings = [("PUBLIC_URL", PUBLIC_URL), ("PYTHONPATH", &path)];
    let Some(mut receiver) = Receiver::of_file(folder, &file, &verifying, &settings) else {
        return;
    };
    assert!(receiver.starts(), "{stack} {}: {}", case.provider, receiver.log());
    let ran = case.send(&receiver, &signing, &[]);
    assert_eq!(ran.code, Some(0), "{} {}\n{}", case.provider, ran.out(), receiver.log());
    for mode in ["signature", "body", "missing", "secret"] {
        let ran = case.send(&receiver, &signing, &["--tamper", mode, "--expect-status", "400"]);
        assert_eq!(ran.code, Some(0), "{} {mode} {}\n{}", case.provider, ran.out(), receiver.log());
    }
}

/// Node looks for modules in folders named node_modules: the libraries are linked, the framework is above.
fn link_modules(modules: &Path, folder: &Path) {
    let own = folder.join("node_modules");
    let _ = std::fs::remove_file(&own);
    std::os::unix::fs::symlink(modules, own).expect("a link");
}

#[test]
fn javascript_verifies_with_libraries() {
    for (provider, key) in [
        ("stripe", TEXT),
        ("github", TEXT),
        ("standard-webhooks", WHSEC),
        ("svix", WHSEC),
        ("twilio", TEXT),
        ("line", TEXT),
        ("discord", Key::Ed25519),
        ("notion", TEXT),
        ("razorpay", TEXT),
        ("retell", TEXT),
    ] {
        verifies_with_a_library("express", "node-express", &case(provider, key));
    }
}

#[test]
fn python_verifies_with_libraries() {
    const HEX: Key =
        Key::Shared("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056");
    for (provider, key) in [
        ("standard-webhooks", WHSEC),
        ("slack", TEXT),
        ("hubspot", TEXT),
        ("paddle", TEXT),
        ("adyen", HEX),
        ("square", TEXT),
        ("viber", TEXT),
    ] {
        verifies_with_a_library("flask", "python-flask", &case(provider, key));
    }
}
