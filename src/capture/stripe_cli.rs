//! The events that `stripe listen --format JSON` (or `--print-json`) prints, one JSON document after the other. One
//! document alone is a body. Headers are not printed.

use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest};
use super::outline::End;

const EXPORT: Export = Export {
    name: "the output of stripe listen",
    entry: "event",
    hint: "give the documents as they were printed; if the file is a body, give --format body",
};

/// Whether a file holds several documents, the first of which is an event.
pub(super) fn is_output(file: &Content<'_>) -> bool {
    file.json.as_ref().is_some_and(|json| matches!(json.end, End::Followed(_)))
        && file.at("object") == Some(b"\"event\"")
        && file.at("id").is_some_and(|id| id.starts_with(b"\"evt_"))
}

/// Reads the events: the text of each document is a body.
///
/// # Errors
/// For a document that is cut off, or something between documents.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let documents = EXPORT.documents(bytes)?;
    EXPORT.records(documents.iter(), |document| {
        let mut request = ExportedRequest {
            method: Some("POST".to_owned()),
            url: Some("/".to_owned()),
            ..ExportedRequest::default()
        };
        request.lose(Loss::BodyReserialized);
        request.lose(Loss::Headers);
        request.text_body(document.root().raw());
        Ok(Some(request))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    const EVENT: &str = "{\n  \"id\": \"evt_1\",\n  \"object\": \"event\",\n  \"data\": {}\n}";

    #[test]
    fn each_document_is_a_body_as_it_was_printed() {
        let printed = format!("{EVENT}\n{EVENT}\n{{\"id\":\"evt_2\",\"object\":\"event\"}}\n");
        assert_eq!(detect(printed.as_bytes()).map(|format| format.name), Ok("stripe-cli"));
        assert_eq!(detect(EVENT.as_bytes()).map(|format| format.name), Ok("body"));
        let all = read(printed.as_bytes()).unwrap();
        assert_eq!(all.len(), 3);
        assert_eq!(&all[1].delivery.body[..], EVENT.as_bytes());
        assert_eq!(all[2].losses, [Loss::BodyReserialized, Loss::Headers]);
        let cut = &printed[..printed.len() - 9];
        assert!(read(cut.as_bytes()).is_err());
        assert!(read(format!("{EVENT} x {EVENT}").as_bytes()).is_err());
    }
}
