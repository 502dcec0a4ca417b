//! The providers whose deliveries a library of the vendor, or of many users, judges.

use super::judges::Language::{self, Node, Python};
use crate::support::SECRET;

/// A library, and where it differs from most.
#[derive(Clone, Copy)]
pub struct Library {
    pub language: Language,
    pub name: &'static str,
    /// It reads a signature in uppercase too.
    pub any_case: bool,
    /// It does not judge how old a delivery is.
    pub ageless: bool,
    /// It signs.
    pub signs: bool,
    /// The bodies that it takes.
    pub takes: fn(&[u8]) -> bool,
}

const fn library(language: Language, name: &'static str) -> Library {
    Library { language, name, any_case: false, ageless: false, signs: false, takes: |_| true }
}

impl Library {
    const fn signs(self) -> Self {
        Self { signs: true, ..self }
    }

    const fn any_case(self) -> Self {
        Self { any_case: true, ..self }
    }

    const fn ageless(self) -> Self {
        Self { ageless: true, ..self }
    }

    /// It does not take an empty body.
    const fn with_content(self) -> Self {
        Self { takes: |body| !body.is_empty(), ..self }
    }
}

#[derive(Clone, Copy)]
pub enum Key {
    Text(&'static str),
    /// A new pair: the public half as its hex digits.
    Ed25519,
    /// A new pair: the public half as SPKI in base64.
    P256,
}

/// The bodies in addition to the samples.
#[derive(Clone, Copy)]
pub enum Bodies {
    /// Any bytes.
    Any,
    /// The sample of this event with this field changed: the signature or its time is in the body, or the library
    /// hashes `JSON.stringify` of the body.
    Field(&'static str, &'static str),
    Form,
}

/// A signature of a built-in provider, and who judges it.
pub struct Vendor {
    pub provider: &'static str,
    /// Its name, where the provider has several.
    pub signature: Option<&'static str>,
    pub key: Key,
    pub bodies: Bodies,
    /// The modes of `--tamper` that the tool says do not apply.
    pub not_applicable: &'static [&'static str],
    /// It has a time that gets old.
    pub timed: bool,
    pub libraries: &'static [Library],
}

const TEXT: Key = Key::Text(SECRET);
const WHSEC: Key = Key::Text("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfTb1P3kLM=");
const HEX: Key = Key::Text("44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056");

const STANDARD_WEBHOOKS: Library = library(Node, "standardwebhooks").signs();
const PYWA: Library = library(Python, "pywa");
/// It escapes what is not ASCII before it hashes, as Meta does before it sends.
const WHATSAPP: Library =
    Library { takes: <[u8]>::is_ascii, ..library(Node, "whatsapp-api-js").any_case() };
const META: &[Library] = &[PYWA, WHATSAPP];

const fn vendor(provider: &'static str, key: Key, libraries: &'static [Library]) -> Vendor {
    Vendor {
        provider,
        signature: None,
        key,
        bodies: Bodies::Any,
        not_applicable: &[],
        timed: false,
        libraries,
    }
}

impl Vendor {
    const fn by(self, signature: &'static str) -> Self {
        Self { signature: Some(signature), ..self }
    }

    const fn timed(self) -> Self {
        Self { timed: true, ..self }
    }

    const fn bodies(self, bodies: Bodies) -> Self {
        Self { bodies, ..self }
    }

    const fn without(self, not_applicable: &'static [&'static str]) -> Self {
        Self { not_applicable, ..self }
    }
}

pub const VENDORS: &[Vendor] = &[
    vendor(
        "standard-webhooks",
        WHSEC,
        &[STANDARD_WEBHOOKS, library(Python, "standardwebhooks").signs().with_content()],
    )
    .timed(),
    vendor("anthropic", WHSEC, &[STANDARD_WEBHOOKS]).timed(),
    vendor("gitlab", WHSEC, &[STANDARD_WEBHOOKS]).by("signing-token").timed(),
    vendor("svix", WHSEC, &[library(Node, "svix").signs().with_content()]).timed(),
    vendor(
        "stripe",
        Key::Text("whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"),
        &[library(Node, "stripe").signs().with_content()],
    )
    .timed(),
    vendor(
        "github",
        TEXT,
        &[library(Node, "@octokit/webhooks").signs().with_content(), library(Python, "gidgethub")],
    ),
    vendor("slack", TEXT, &[library(Python, "slack-sdk").signs()]).timed(),
    vendor("twilio", TEXT, &[library(Node, "twilio").signs()]).bodies(Bodies::Form),
    vendor("twilio-voice", TEXT, &[library(Node, "twilio").signs()]).bodies(Bodies::Form),
    vendor("line", TEXT, &[library(Node, "@line/bot-sdk")]),
    vendor("discord", Key::Ed25519, &[library(Node, "discord-interactions").any_case().ageless()])
        .without(&["algorithm"])
        .timed(),
    vendor("sendgrid", Key::P256, &[library(Node, "@sendgrid/eventwebhook").ageless()])
        .without(&["algorithm"])
        .timed(),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client").signs()]).timed(),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client, v2").signs()]).by("v2"),
    vendor("hubspot", TEXT, &[library(Python, "hubspot-api-client, v1").signs()]).by("v1"),
    vendor("whatsapp", TEXT, META),
    vendor("messenger", TEXT, META),
    vendor("instagram", TEXT, META),
    vendor("telegram", TEXT, &[library(Node, "grammy")])
        .bodies(Bodies::Field("message", "note"))
        .without(&["body", "algorithm"]),
    vendor("linear", TEXT, &[library(Node, "@linear/sdk")])
        .bodies(Bodies::Field("Issue.create", "note")),
    vendor("notion", TEXT, &[library(Node, "@notionhq/client").signs().any_case()]),
    vendor("razorpay", TEXT, &[library(Node, "razorpay")]),
    vendor("retell", TEXT, &[library(Node, "retell-sdk").signs().any_case()]).timed(),
    vendor("crisp", TEXT, &[library(Node, "crisp-api")])
        .bodies(Bodies::Field("message:send", "note")),
    vendor("zoom", TEXT, &[library(Node, "@zoom/rivet").ageless()])
        .bodies(Bodies::Field("meeting.started", "note"))
        .timed(),
    vendor("adyen", HEX, &[library(Python, "adyen").signs()]).bodies(Bodies::Field(
        "CAPTURE",
        "notificationItems.0.NotificationRequestItem.merchantReference",
    )),
    vendor("paddle", TEXT, &[library(Python, "paddle-python-sdk")]).timed(),
    vendor("paystack", TEXT, &[library(Python, "pypaystack2")]),
    vendor("square", TEXT, &[library(Python, "squareup").with_content()]),
    vendor("viber", TEXT, &[library(Python, "viberbot")]),
];
