//! An error of the API: its status, what happened, and what to do.

use http::StatusCode;
use serde::Serialize;

use super::filter::FilterError;
use crate::capture::journal::JournalError;
use crate::error::{Error, ErrorKind};

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Failure {
    #[serde(skip)]
    pub(crate) status: StatusCode,
    pub(crate) error: String,
    pub(crate) hint: String,
}

impl Failure {
    pub(crate) fn new(
        status: StatusCode,
        error: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { status, error: error.into(), hint: hint.into() }
    }

    pub(crate) fn bad_request(error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, hint)
    }

    /// Of a task that panicked.
    pub(crate) fn crashed() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the inspector could not do this",
            "this is a bug: please report it",
        )
    }

    pub(crate) fn no_delivery(id: u64) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            format!("there is no delivery {id}"),
            "it may have been removed; the list shows what there is",
        )
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = match error.kind {
            ErrorKind::Usage => StatusCode::BAD_REQUEST,
            ErrorKind::Io | ErrorKind::Interrupted => StatusCode::BAD_GATEWAY,
        };
        Self { status, error: error.message, hint: error.hint }
    }
}

impl From<JournalError> for Failure {
    fn from(error: JournalError) -> Self {
        let hint = error.hint();
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("the journal cannot be read: {error}"),
            hint,
        )
    }
}

impl From<FilterError> for Failure {
    fn from(error: FilterError) -> Self {
        Self::bad_request(error.message, error.hint)
    }
}
