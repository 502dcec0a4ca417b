//! Deliveries in files: those that match a filter in a format of `inspect --as`, with or without private values.

use crate::capture::{curl, har, write};
use crate::commands::shared::redaction::{RedactOptions, Redaction};
use crate::inspector::{Exporter, Failure};
use crate::output::style::Palette;
use crate::output::{delivery, payload};
use crate::webhook::record::DeliveryRecord;

/// The formats that hold one delivery.
const SINGLE: [(&str, &str); 7] = [
    ("http", "http"),
    ("curl", "sh"),
    ("httpie", "sh"),
    ("fetch", "js"),
    ("python", "py"),
    ("json", "json"),
    ("body", "body"),
];

/// The formats that hold several deliveries.
pub(super) const FORMATS: [&str; 5] = ["ndjson", "har", "postman", "pytest", "vitest"];

pub(super) struct Export<'s> {
    form: Form,
    redaction: Option<Redaction<'s>>,
}

enum Form {
    Ndjson,
    Har(har::HarWriter),
    /// A format that holds one delivery, and how its file ends.
    Single(&'static str, &'static str, Option<Box<DeliveryRecord>>),
    /// A form that is written when all deliveries are there.
    Whole(Whole, Vec<DeliveryRecord>),
}

#[derive(Clone, Copy)]
enum Whole {
    Postman,
    Pytest,
    Vitest,
}

impl<'s> Export<'s> {
    pub(super) fn new(format: &str, redaction: Option<Redaction<'s>>) -> Result<Self, Failure> {
        let form = match format {
            "ndjson" => Form::Ndjson,
            "har" => Form::Har(har::HarWriter::default()),
            "postman" => Form::Whole(Whole::Postman, Vec::new()),
            "pytest" => Form::Whole(Whole::Pytest, Vec::new()),
            "vitest" => Form::Whole(Whole::Vitest, Vec::new()),
            other => match SINGLE.iter().find(|(name, _)| *name == other) {
                Some((name, extension)) => Form::Single(name, extension, None),
                None => {
                    let single = SINGLE.map(|(name, _)| name).join(", ");
                    return Err(Failure::bad_request(
                        "there is no such format",
                        format!("one of: {}; of one delivery also: {single}", FORMATS.join(", ")),
                    ));
                }
            },
        };
        Ok(Self { form, redaction })
    }
}

impl Exporter for Export<'_> {
    fn entry(&mut self, record: &DeliveryRecord) -> Result<Vec<u8>, Failure> {
        /// What is in memory at once, in deliveries and bytes.
        const MAX_HELD: usize = 10_000;
        const MAX_BYTES: usize = 64 << 20;
        let redacted = self.redaction.as_mut().map(|redaction| redaction.redact(record));
        let record = redacted.as_ref().unwrap_or(record);
        match &mut self.form {
            Form::Ndjson => Ok(delivery::json_line(record, None)),
            Form::Har(writer) => Ok(writer.entry(record)),
            Form::Single(_, _, held) => match held.replace(Box::new(record.clone())) {
                None => Ok(Vec::new()),
                Some(_) => Err(Failure::bad_request(
                    "this format holds one delivery, and several match",
                    "name one by its id: id:7",
                )),
            },
            Form::Whole(_, held) => {
                let bytes: usize = held.iter().map(|one| one.delivery.body.len()).sum();
                if held.len() == MAX_HELD || bytes + record.delivery.body.len() > MAX_BYTES {
                    return Err(Failure::new(
                        http::StatusCode::PAYLOAD_TOO_LARGE,
                        "there are too many deliveries for this format",
                        "filter them, or take ndjson or har",
                    ));
                }
                held.push(record.clone());
                Ok(Vec::new())
            }
        }
    }

    fn end(&mut self) -> Result<Vec<u8>, Failure> {
        let not_held = |why: String| {
            Failure::bad_request(
                format!("a delivery cannot be written in this format: {why}"),
                "ndjson and har hold every delivery",
            )
        };
        match &mut self.form {
            Form::Ndjson => Ok(Vec::new()),
            Form::Har(writer) => Ok(std::mem::take(writer).end()),
            Form::Single(name, _, held) => match held {
                Some(record) => single(name, record).map_err(not_held),
                None => Err(Failure::new(
                    http::StatusCode::NOT_FOUND,
                    "no delivery matches the filter",
                    "name one by its id: id:7",
                )),
            },
            Form::Whole(Whole::Postman, held) => write::postman(held).map_err(not_held),
            Form::Whole(Whole::Pytest, held) => Ok(write::pytest(held)),
            Form::Whole(Whole::Vitest, held) => write::vitest(held).map_err(not_held),
        }
    }

    fn extension(&self) -> &'static str {
        match &self.form {
            Form::Ndjson => "ndjson",
            Form::Har(_) => "har",
            Form::Single(_, extension, _) => extension,
            Form::Whole(Whole::Postman, _) => "json",
            Form::Whole(Whole::Pytest, _) => "py",
            Form::Whole(Whole::Vitest, _) => "ts",
        }
    }
}

/// A delivery in a format that holds one.
fn single(format: &str, record: &DeliveryRecord) -> Result<Vec<u8>, String> {
    let request = &record.delivery;
    match format {
        "http" => Ok(request.to_wire(usize::MAX)),
        "curl" => Ok(curl::exact(request)),
        "httpie" => write::httpie(request),
        "fetch" => write::fetch(request),
        "python" => Ok(write::python(request)),
        "body" => Ok(request.body.to_vec()),
        _ => {
            let line = delivery::json_line(record, None);
            Ok(payload::whole(&line, Palette::new(false)).into_bytes())
        }
    }
}

/// What is replaced without more options.
pub(super) fn rules() -> RedactOptions {
    RedactOptions::default()
}
