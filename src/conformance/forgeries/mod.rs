//! Lists of forged deliveries of one kind. Each is built when it is sent: signatures with a time must not become old.

mod keys;
mod parts;
mod places;
mod texts;

use super::case::{Forgery, ForgeryList};
use super::request_builder::{Request, RequestBuilder};

/// Builds a request. The error says, in a clause, why it does not apply.
type Make = Box<dyn Fn(&RequestBuilder) -> Result<Request, String> + Send + Sync>;

/// One forged delivery, or several in one request.
pub struct Candidate {
    /// What is wrong with it, as in "it was accepted with …".
    pub what: String,
    make: Make,
    /// Builds the same request without the secret, to show it; `None` when it does not contain the secret.
    shown: Option<Make>,
    /// The single ones, when this is several of them in one request.
    pub singles: Vec<Candidate>,
    /// The plain forgery that this one resembles: when that is accepted, this one proves nothing new.
    pub base: Forgery,
}

impl Candidate {
    fn new(
        what: impl Into<String>,
        base: Forgery,
        make: impl Fn(&RequestBuilder) -> Result<Request, String> + Send + Sync + 'static,
    ) -> Self {
        let (what, make) = (what.into(), Box::new(make));
        Self { what, make, shown: None, singles: Vec::new(), base }
    }

    /// The request to send.
    pub fn request(&self, builder: &RequestBuilder) -> Result<Request, String> {
        (self.make)(builder)
    }

    /// The request to show, if that is another one.
    pub fn shown(&self, builder: &RequestBuilder) -> Option<Request> {
        self.shown.as_ref()?(builder).ok()
    }
}

/// The forged deliveries of a list. The error says, in a clause, why there are none for this provider.
pub fn all(list: ForgeryList, builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    match list {
        ForgeryList::UnsetKeys => Ok(keys::unset(builder)),
        ForgeryList::OtherForms => Ok(keys::other_forms(builder)),
        ForgeryList::UnsetValues => Ok(texts::unset()),
        ForgeryList::Patterns => Ok(texts::patterns(builder)),
        ForgeryList::Secret => texts::secret(builder),
        ForgeryList::OtherHeaders => places::other_headers(builder),
        ForgeryList::Query => places::query(builder),
        ForgeryList::ClaimedTrust => Ok(places::claimed_trust()),
        ForgeryList::Parts => parts::all(builder),
    }
}
