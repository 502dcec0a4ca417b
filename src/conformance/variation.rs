//! What surrounds a signature in a delivery, and the values that it may have. A handler that checks signatures only
//! for some of them lets forged deliveries in with the others.

use std::fmt;

/// What may differ between deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// The event and its channel.
    Event,
    /// The account, agent or app that the body names.
    Account,
    ContentType,
    Method,
    UserAgent,
    Size,
    /// How the body is framed and coded.
    Encoding,
}

impl Dimension {
    pub const ALL: [Self; 7] = [
        Self::Event,
        Self::Account,
        Self::ContentType,
        Self::Method,
        Self::UserAgent,
        Self::Size,
        Self::Encoding,
    ];
}

/// One value of a dimension, as a change of the plain delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Variation {
    /// Not changed.
    Plain,
    /// The provider's sample of this number, with what it is called.
    Sample(usize, String),
    /// An event of this name.
    Event(String),
    /// An account that the endpoint does not know.
    OtherAccount,
    ContentType(&'static str),
    NoContentType,
    /// A form with the body in the field `payload`.
    Form,
    Method(&'static str),
    UserAgent(String),
    NoUserAgent,
    /// No body at all.
    Empty,
    /// An object without members.
    EmptyObject,
    /// A list without items.
    EmptyList,
    /// The event as the only item of a list.
    InList,
    /// This many bytes.
    Length(usize),
    Chunked,
    Gzip,
    /// This content coding, of a body that is not coded.
    Coding(&'static str),
}

/// Content types that an endpoint may receive instead of that of the provider.
const CONTENT_TYPES: [&str; 7] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=b",
    "application/octet-stream",
    "application/xml",
    "application/cloudevents+json",
    "application/json; charset=utf-8",
];

/// Methods with which a body is sent.
const METHODS: [&str; 3] = ["PUT", "PATCH", "DELETE"];

/// What monitoring, tools and browsers call themselves. The last one has the names that are looked for anywhere.
const USER_AGENTS: [&str; 7] = [
    "curl/8.5.0",
    "kube-probe/1.30",
    "ELB-HealthChecker/2.0",
    "GoogleHC/1.0",
    "Go-http-client/1.1",
    "PostmanRuntime/7.39.0",
    "Mozilla/5.0 (X11; Linux x86_64; compatible; Googlebot/2.1; UptimeRobot/2.0; Pingdom.com_bot; StatusCake) \
     Gecko/20100101 Firefox/128.0 python-requests/2.31 node-fetch/1.0 axios/1.7",
];

/// Bodies that are larger than the limits of many parsers, in bytes.
const LARGE: [usize; 2] = [112 << 10, 1100 << 10];

/// Content codings that servers leave to the handler.
const CODINGS: [&str; 4] = ["x-unknown", "br", "deflate", "identity"];

impl Variation {
    /// The values of a dimension, the plain one first. `samples` are the names of the provider's events, `other` is an
    /// event that it does not have, `sender` is its name.
    pub fn all(
        dimension: Dimension,
        samples: &[String],
        other: Option<&str>,
        sender: &str,
    ) -> Vec<Self> {
        let mut all = vec![Self::Plain];
        match dimension {
            Dimension::Event => {
                let samples = samples.iter().cloned().enumerate().skip(1);
                all.extend(samples.map(|(number, name)| Self::Sample(number, name)));
                let names = other.into_iter().flat_map(|other| [other, "ping", "test"]);
                all.extend(names.map(|name| Self::Event(name.to_owned())));
            }
            Dimension::Account => all.push(Self::OtherAccount),
            Dimension::ContentType => {
                all.extend(CONTENT_TYPES.map(Self::ContentType));
                all.extend([Self::NoContentType, Self::Form]);
            }
            Dimension::Method => all.extend(METHODS.map(Self::Method)),
            Dimension::UserAgent => {
                all.extend(USER_AGENTS.map(|agent| Self::UserAgent(agent.to_owned())));
                let word = sender.split('-').next().unwrap_or_default();
                let (first, rest) = word.split_at_checked(1).unwrap_or_default();
                let title = first.to_ascii_uppercase() + rest;
                all.push(Self::UserAgent(format!("{title}/1.0 (+https://{word}.com/webhooks)")));
                all.push(Self::NoUserAgent);
            }
            Dimension::Size => {
                all.extend([Self::Empty, Self::EmptyObject, Self::EmptyList, Self::InList]);
                all.extend(LARGE.map(Self::Length));
            }
            Dimension::Encoding => {
                all.extend([Self::Chunked, Self::Gzip]);
                all.extend(CODINGS.map(Self::Coding));
            }
        }
        all
    }
}

impl fmt::Display for Variation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain => f.write_str("nothing else"),
            Self::Sample(_, name) | Self::Event(name) => write!(f, "the event {name}"),
            Self::OtherAccount => f.write_str("another account"),
            Self::ContentType(name) => write!(f, "the content type {name}"),
            Self::NoContentType => f.write_str("no content type"),
            Self::Form => f.write_str("a form with the body in the field payload"),
            Self::Method(name) => write!(f, "the method {name}"),
            Self::UserAgent(name) => write!(f, "the user agent {name}"),
            Self::NoUserAgent => f.write_str("no user agent"),
            Self::Empty => f.write_str("an empty body"),
            Self::EmptyObject => f.write_str("the body {}"),
            Self::EmptyList => f.write_str("the body []"),
            Self::InList => f.write_str("a list around the event"),
            Self::Length(bytes) => write!(f, "a body of {} KiB", bytes >> 10),
            Self::Chunked => f.write_str("a chunked body"),
            Self::Gzip => f.write_str("a body in gzip"),
            Self::Coding(name) => write!(f, "the content coding {name}"),
        }
    }
}
