//! Lists of forged deliveries of one kind. Each is built when it is sent: signatures with a time must not become old.

mod claims;
mod hashes;
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
    /// When this request is accepted too, the forgery proves nothing.
    control: Option<Make>,
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
        Self { what, make, shown: None, control: None, singles: Vec::new(), base }
    }

    /// Several names or pairs in one request, and each of them alone.
    fn several<T: Clone>(all: &[T], make: impl Fn(Vec<T>) -> Self) -> Self {
        let singles = match all {
            [_] => Vec::new(),
            _ => all.iter().map(|one| make(vec![one.clone()])).collect(),
        };
        Self { singles, ..make(all.to_vec()) }
    }

    /// The request to send.
    pub fn request(&self, builder: &RequestBuilder) -> Result<Request, String> {
        (self.make)(builder)
    }

    /// The request that must be rejected for the forgery to prove something.
    pub fn control(&self, builder: &RequestBuilder) -> Option<Request> {
        self.control.as_ref()?(builder).ok()
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
        ForgeryList::UnsetValues => Ok(texts::unset(builder)),
        ForgeryList::Patterns => Ok(texts::patterns(builder)),
        ForgeryList::Secret => texts::secret(builder),
        ForgeryList::OtherHeaders => places::other_headers(builder),
        ForgeryList::Query => places::query(builder),
        ForgeryList::ClaimedTrust => Ok(claims::trust(builder)),
        ForgeryList::ClaimedKeys => claims::keys(builder),
        ForgeryList::ClaimedAlgorithms => claims::algorithms(builder),
        ForgeryList::UnkeyedHashes => hashes::all(builder),
        ForgeryList::Paths => Ok(places::paths(builder)),
        ForgeryList::Parts => parts::all(builder),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::testing::{Judge, judges};
    use crate::webhook::provider::catalog::Catalog;

    const LISTS: [ForgeryList; 13] = [
        ForgeryList::UnsetKeys,
        ForgeryList::UnsetValues,
        ForgeryList::Patterns,
        ForgeryList::Secret,
        ForgeryList::OtherForms,
        ForgeryList::OtherHeaders,
        ForgeryList::Query,
        ForgeryList::ClaimedTrust,
        ForgeryList::Parts,
        ForgeryList::ClaimedKeys,
        ForgeryList::ClaimedAlgorithms,
        ForgeryList::UnkeyedHashes,
        ForgeryList::Paths,
    ];

    /// Every list has something for a provider, or says why not, and the verifier of this tool refuses all of it.
    #[test]
    fn no_forgery_of_a_list_is_genuine() {
        for judge in judges(Catalog::builtin()) {
            let Judge { provider, builder, .. } = &judge;
            let mut kinds = 0;
            for list in LISTS {
                let candidates = match all(list, builder) {
                    Ok(candidates) => candidates,
                    Err(why) => {
                        assert!(!why.is_empty(), "{} {list:?}", provider.name);
                        continue;
                    }
                };
                let mut built = 0;
                let singles = candidates.iter().flat_map(|one| &one.singles);
                for candidate in candidates.iter().chain(singles) {
                    let Ok(request) = candidate.request(builder) else {
                        continue;
                    };
                    built += 1;
                    let what = &candidate.what;
                    assert!(!judge.accepts(&request), "{} {list:?}: {what}", provider.name);
                }
                kinds += usize::from(built > 0);
            }
            assert!(kinds >= 3, "{}: {kinds}", provider.name);
        }
    }

    #[test]
    fn the_secret_is_sent_to_this_machine_only_and_never_shown() {
        let catalog = Catalog::builtin();
        let judge = judges(catalog).find(|judge| judge.provider.signs()).unwrap();
        let secret = judge.builder.secret().unwrap().expose().to_vec();
        let holds = |request: &Request| {
            let wire = request.delivery.to_wire(usize::MAX);
            wire.windows(secret.len()).any(|window| window == secret)
        };
        for candidate in all(ForgeryList::Secret, &judge.builder).unwrap() {
            assert!(holds(&candidate.request(&judge.builder).unwrap()));
            assert!(!holds(&candidate.shown(&judge.builder).unwrap()));
        }
        let elsewhere = crate::http::Endpoint::parse("https://example.com/").unwrap();
        let (scheme, secret) = judge.builder.signing().unwrap();
        let builder = RequestBuilder::new(
            catalog,
            judge.provider,
            Some(scheme),
            Some(secret.clone()),
            judge.builder.context().clone(),
            elsewhere,
        );
        assert!(all(ForgeryList::Secret, &builder.unwrap()).is_err());
    }
}
