//! The formats of captures: each one's name, how it is recognised by its content and who reads it. To add a format,
//! write a module with both functions and add a row here.

use super::content::Content;
use super::error::CaptureError;
use super::files::{Files, MAX_FILE_BYTES};
use super::{
    aws, burp, curl, fetch, functions, github, har, hookdeck, http, http_file, httpie, insomnia,
    journal, json_log, ndjson, ngrok, pasted_headers, postman, powershell, smee, stripe_cli,
    text_log, tshark, webhook_site,
};
use crate::webhook::record::DeliveryRecord;

/// A format of captures.
#[derive(Debug)]
pub struct Format {
    /// The value of `--format`.
    pub name: &'static str,
    /// What the file is, for messages: "a HAR file".
    pub what: &'static str,
    /// What holds it, for the help.
    pub help: &'static str,
    is_in: fn(&Content<'_>) -> bool,
    pub(crate) reader: Reader,
}

/// Reads commands or requests, and at most so many bytes of the files that they name.
type NamingReader = fn(usize, &[u8], &mut Files<'_>) -> Result<Vec<DeliveryRecord>, CaptureError>;

/// What reads a format.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reader {
    /// The file is the body.
    Body,
    /// Requests, and perhaps a line end after the last one.
    Http,
    /// Commands or requests that may name files, of which it reads at most so many bytes.
    Naming(NamingReader),
    /// Lines, which are read as they come.
    Lines,
    /// A database.
    Journal,
    /// What another tool exported, which is read as a whole.
    Export(fn(&[u8]) -> Result<Vec<DeliveryRecord>, CaptureError>),
}

const fn row(
    name: &'static str,
    what: &'static str,
    help: &'static str,
    is_in: fn(&Content<'_>) -> bool,
    reader: Reader,
) -> Format {
    Format { name, what, help, is_in, reader }
}

/// A file that is only a body.
pub static BODY: Format = row(
    "body",
    "a body",
    "Only the bytes of a body, whatever they look like",
    |_| false,
    Reader::Body,
);

/// A log, which is read as its lines come.
pub static LOG: Format = row(
    "ndjson",
    "a log of `listen --json`",
    "The lines of `listen --json`",
    |file| ndjson::is_log(file.text),
    Reader::Lines,
);

/// Every format. The first one that recognises a file reads it.
pub static FORMATS: &[&Format] = &[
    &BODY,
    &LOG,
    &row(
        "db",
        "a journal",
        "The journal of `listen --record`",
        |file| journal::is_journal(file.bytes),
        Reader::Journal,
    ),
    &row(
        "http-file",
        "a file of HTTP requests",
        "Requests of an editor's HTTP client (.http, .rest); variables are not replaced",
        |file| http_file::is_file(file.plain),
        Reader::Naming(http_file::read),
    ),
    &row(
        "httpie",
        "a command or an exchange of HTTPie",
        "A command of HTTPie or xh, or what `http -v` shows",
        |file| httpie::is_httpie(file.plain),
        Reader::Naming(httpie::read),
    ),
    &row(
        "http",
        "a raw HTTP request",
        "Raw HTTP requests: request line, headers, blank line, body",
        |file| http::is_request(file.bytes),
        Reader::Http,
    ),
    &row(
        "curl",
        "a curl command",
        "A curl command, as browsers copy it",
        |file| !file.plain.starts_with(b"[") && curl::is_command(file.plain),
        Reader::Naming(curl::read_within),
    ),
    &row(
        "har",
        "a HAR file",
        "An HTTP archive, as browsers and proxies export it",
        |file| har::is_archive(file.text),
        Reader::Export(har::read),
    ),
    &row(
        "ngrok",
        "an export of ngrok",
        "The requests of ngrok's agent API, /api/requests/http",
        ngrok::is_export,
        Reader::Export(ngrok::read),
    ),
    &row(
        "webhook-site",
        "an export of webhook.site",
        "The requests that webhook.site exports, JSON or CSV",
        webhook_site::is_export,
        Reader::Export(webhook_site::read),
    ),
    &row(
        "smee",
        "a stream of smee.io",
        "The events of smee.io or a similar service, as a stream or JSON",
        smee::is_stream,
        Reader::Export(smee::read),
    ),
    &row(
        "hookdeck",
        "an export of Hookdeck",
        "The events and requests of Hookdeck's API",
        hookdeck::is_export,
        Reader::Export(hookdeck::read),
    ),
    &row(
        "github-deliveries",
        "a GitHub delivery",
        "A recent delivery of a GitHub webhook, from the API or the page",
        github::is_delivery,
        Reader::Export(github::read),
    ),
    &row(
        "stripe-cli",
        "the output of stripe listen",
        "The events that `stripe listen --format JSON` prints",
        stripe_cli::is_output,
        Reader::Export(stripe_cli::read),
    ),
    &row(
        "aws",
        "a Lambda event",
        "The events of AWS API Gateway, load balancers and function URLs",
        aws::is_event,
        Reader::Export(aws::read),
    ),
    &row(
        "functions",
        "a request of a function",
        "A request of Google Cloud Functions or Azure Functions, as JSON",
        functions::is_request,
        Reader::Export(functions::read),
    ),
    &row(
        "postman",
        "a Postman collection",
        "The saved requests of a Postman collection",
        postman::is_collection,
        Reader::Export(postman::read),
    ),
    &row(
        "insomnia",
        "an export of Insomnia",
        "The saved requests of an Insomnia export, format 4",
        insomnia::is_export,
        Reader::Export(insomnia::read),
    ),
    &row(
        "burp",
        "items of Burp",
        "The items that Burp saves as XML",
        burp::is_items,
        Reader::Export(burp::read),
    ),
    &row(
        "tshark",
        "packets of tshark",
        "The packets that `tshark -T json` prints",
        tshark::is_packets,
        Reader::Export(tshark::read),
    ),
    &row(
        "json-log",
        "a log of JSON lines",
        "JSON lines of a logger that hold requests, such as pino, bunyan, winston or Caddy",
        json_log::is_log,
        Reader::Export(json_log::read),
    ),
    &row(
        "fetch",
        "a call of fetch",
        "A call of fetch, as browsers copy it",
        |file| fetch::is_call(file.plain),
        Reader::Export(fetch::read),
    ),
    &row(
        "powershell",
        "a PowerShell command",
        "Invoke-WebRequest or Invoke-RestMethod, as browsers copy it",
        |file| powershell::is_command(file.plain),
        Reader::Naming(powershell::read),
    ),
    &row(
        "headers",
        "pasted headers",
        "Headers pasted from a page, with the body after them",
        |file| pasted_headers::is_headers(file.plain),
        Reader::Export(pasted_headers::read),
    ),
    &row(
        "log",
        "a log that shows requests",
        "Log lines that show requests, as console.log, print, nginx and Rails write them; or bodies alone",
        text_log::is_log,
        Reader::Export(text_log::read),
    ),
];

impl Format {
    /// The format of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| format.name == name)
    }

    /// The format that a file with this content has, if it is a capture.
    pub(super) fn of(content: &Content<'_>) -> Option<&'static Self> {
        FORMATS.iter().copied().find(|format| (format.is_in)(content))
    }
}

impl Format {
    /// Reads a file that another tool exported; `None` for a format that takes more than the bytes to read.
    pub fn read_export(&self, bytes: &[u8]) -> Option<Result<Vec<DeliveryRecord>, CaptureError>> {
        match self.reader {
            Reader::Export(read) => Some(read(bytes)),
            _ => None,
        }
    }

    /// The same, also for a format that may name files.
    pub fn read_with_files(
        &self,
        bytes: &[u8],
        files: &mut Files<'_>,
    ) -> Option<Result<Vec<DeliveryRecord>, CaptureError>> {
        match self.reader {
            Reader::Naming(read) => Some(read(MAX_FILE_BYTES, bytes, files)),
            _ => self.read_export(bytes),
        }
    }
}

impl PartialEq for Format {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Format {}
