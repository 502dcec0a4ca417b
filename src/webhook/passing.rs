//! A body that is never in memory as a whole: while it passes by, its MAC is made under every scheme and
//! secret that may turn out to be the right one.

use jiff::Timestamp;

use super::delivery::Headers;
use super::mac::Running;
use super::scheme::{Part, Scheme};
use super::secret::Secret;
use super::verify::{SignatureReport, judge};

/// A body on its way.
#[derive(Debug)]
pub struct Passing<'s> {
    secrets: &'s [Secret],
    claims: Vec<Claim<'s>>,
    length: u64,
}

/// A signature that can be right, and its MACs under each secret, in their order.
#[derive(Debug)]
struct Claim<'s> {
    scheme: &'s Scheme,
    received: Vec<u8>,
    behind: Vec<Vec<u8>>,
    macs: Vec<Running>,
}

impl<'s> Passing<'s> {
    /// For a body with each of these schemes and the headers that it would be checked with. `None` when
    /// one of them signs the body more than once: then it has to be there as a whole.
    pub fn new(
        candidates: impl IntoIterator<Item = (&'s Scheme, Headers)>,
        secrets: &'s [Secret],
    ) -> Option<Self> {
        let mut passing = Self {
            secrets,
            claims: Vec::new(),
            length: 0,
        };
        for (scheme, headers) in candidates {
            passing.add(scheme, &headers)?;
        }
        Some(passing)
    }

    fn add(&mut self, scheme: &'s Scheme, headers: &Headers) -> Option<()> {
        let bodies = scheme.signs.iter().filter(|part| **part == Part::Body);
        if bodies.count() > 1 {
            return None;
        }
        // What is not in the form, or not there, needs no MAC to be refused.
        let value = headers.get(&scheme.header).map(<[u8]>::trim_ascii);
        let Some(Ok(received)) = value.map(|value| scheme.read(value)) else {
            return Some(());
        };
        let Ok(parts) = scheme.signed(headers, &[]) else {
            return Some(());
        };
        if self.claims.iter().any(|claim| claim.is(scheme, &received)) {
            return Some(());
        }
        let is_body = |part: &Part| *part == Part::Body;
        let place = scheme.signs.iter().position(is_body);
        let (before, behind) = parts.split_at_checked(place.unwrap_or(parts.len()))?;
        let begun = |secret| {
            let mut mac = Running::new(scheme.algorithm, secret);
            before.iter().for_each(|part| mac.update(part));
            mac
        };
        self.claims.push(Claim {
            scheme,
            received,
            behind: behind.iter().map(|part| part.to_vec()).collect(),
            macs: match place {
                Some(_) => self.secrets.iter().map(begun).collect(),
                None => return None,
            },
        });
        Some(())
    }

    /// Takes the next bytes of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.length += piece.len() as u64;
        for mac in self.claims.iter_mut().flat_map(|claim| &mut claim.macs) {
            mac.update(piece);
        }
    }

    /// How many bytes went by.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Checks the body that went by, as [`check`](super::verify::check) does with one that is there.
    /// Scheme and headers are one of the pairs that this was made for.
    pub fn check(self, scheme: &Scheme, headers: &Headers, now: Timestamp) -> SignatureReport {
        let secrets = self.secrets;
        judge(scheme, headers, secrets, now, |received| {
            scheme.signed(headers, &[])?;
            let mut claims = self.claims.into_iter();
            let claim = claims.find(|claim| claim.is(scheme, received));
            let place = claim.and_then(Claim::fitting);
            Ok(place.and_then(|place| secrets.get(place)))
        })
    }
}

impl Claim<'_> {
    fn is(&self, scheme: &Scheme, received: &[u8]) -> bool {
        self.scheme.algorithm == scheme.algorithm
            && self.scheme.signs == scheme.signs
            && self.received == received
    }

    /// Which of the secrets gives what was received.
    fn fitting(self) -> Option<usize> {
        let Self {
            received,
            behind,
            macs,
            ..
        } = self;
        macs.into_iter().position(|mut mac| {
            behind.iter().for_each(|part| mac.update(part));
            mac.is(&received)
        })
    }
}
