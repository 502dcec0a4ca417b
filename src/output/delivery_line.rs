//! The line of a received delivery, of which there are many a second: written straight into memory, and
//! before the delivery has its numbers.

use std::io::Write;

use crate::diagnose::Diagnosis;
use crate::json_line;
use crate::output::object::Object;
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validation;
use crate::webhook::record::{DeliveryRecord, Unnumbered};
use crate::webhook::signature::verify::SignatureReport;

use super::diagnosis::DiagnosisPart;
use super::json::{ForwardedPart, ResponsePart, milliseconds};

/// A delivery's line.
pub fn line(received: &DeliveryRecord, diagnosis: Option<&Diagnosis>) -> Vec<u8> {
    let mut out = Vec::new();
    let line = unnumbered(received, diagnosis);
    number(&line, received.id, received.duplicate_of, &mut out);
    out
}

/// The line without the delivery's numbers.
pub fn unnumbered(received: &DeliveryRecord, diagnosis: Option<&Diagnosis>) -> Unnumbered {
    let found = &received.analysis;
    let delivery = &received.delivery;
    let mut text = Vec::with_capacity(640 + delivery.body.len() + delivery.body.len() / 4);
    let mut object = Object::resumed(&mut text);
    match delivery.received_at {
        Some(at) => {
            // Memory takes whatever is written.
            let _ = write!(object.field("received_at"), "\"{at:.3}\"");
        }
        None => object.text_or_null("received_at", None),
    }
    object.request(delivery);
    object.text_or_null("provider", found.provider.map(|p| p.name.as_str()));
    object.text_or_null("event", found.event.name.as_deref());
    object.text_or_null("channel", found.event.channel.as_deref());
    signature(&found.signature, Object::new(object.field("signature")));
    validation(&found.validation, Object::new(object.field("validation")));
    let gap = object.field("duplicate_of").len();
    object.value("response", &received.status.map(ResponsePart::from));
    if let Some(fault) = &received.injected {
        object.text("injected", fault);
    }
    if let Some(forwarded) = &received.forwarded {
        object.value("forwarded", &ForwardedPart::from(forwarded));
    }
    if let Some(diagnosis) = diagnosis {
        object.value("diagnosis", &DiagnosisPart::from(diagnosis));
    }
    object.value("duration_ms", &milliseconds(received.duration));
    object.end();
    text.push(b'\n');
    Unnumbered { text, gap }
}

/// Writes a line behind `out`, with the delivery's numbers.
pub fn number(line: &Unnumbered, id: u64, duplicate_of: Option<u64>, out: &mut Vec<u8>) {
    let (before, behind) = line.text.split_at_checked(line.gap).unwrap_or_default();
    let mut object = Object::new(out);
    object.text("type", "delivery");
    object.value("id", &id);
    out.extend_from_slice(before);
    json_line::write(out, &duplicate_of);
    out.extend_from_slice(behind);
}

fn signature(report: &SignatureReport, mut object: Object<'_>) {
    object.text("verdict", report.verdict.word());
    object.text_or_null("header", report.header.as_deref());
    object.text_or_null("algorithm", report.algorithm.map(|a| a.name()));
    object.text("reason", &report.reason);
    object.end();
}

fn validation(validation: &Validation, mut object: Object<'_>) {
    object.text("verdict", validation.verdict.word());
    findings("errors", &validation.errors, &mut object);
    findings("notes", &validation.notes, &mut object);
    object.end();
}

fn findings(name: &'static str, findings: &[Finding], object: &mut Object<'_>) {
    if findings.is_empty() {
        object.field(name).extend_from_slice(b"[]");
    } else {
        object.value(name, &findings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::json::{SignaturePart, ValidationPart};
    use crate::webhook::payload::validate::Validity;
    use crate::webhook::signature::scheme::Algorithm;
    use serde::Serialize;

    fn written(write: impl FnOnce(Object<'_>)) -> String {
        let mut out = Vec::new();
        write(Object::new(&mut out));
        out.push(b'\n');
        String::from_utf8(out).unwrap()
    }

    fn serialised(part: &impl Serialize) -> String {
        String::from_utf8(crate::json_line::line(part)).unwrap()
    }

    #[test]
    fn verdicts_are_written_as_in_every_other_line() {
        let mut report = SignatureReport::unsigned();
        for known in [None, Some(Algorithm::HmacSha256)] {
            report.algorithm = known;
            report.header = known.map(|_| "x-\u{1b}".to_owned());
            let ours = written(|object| signature(&report, object));
            assert_eq!(ours, serialised(&SignaturePart::from(&report)));
        }
        let mut found = Validation::new(Validity::Invalid, "/a\"", "why".to_owned());
        for _ in 0..2 {
            let ours = written(|object| validation(&found, object));
            assert_eq!(ours, serialised(&ValidationPart::from(&found)));
            found.notes = std::mem::take(&mut found.errors);
        }
    }
}
