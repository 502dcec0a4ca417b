//! A body that is never in memory as a whole: while it passes by, its MAC is made under every scheme and
//! secret that may turn out to be the right one.

use jiff::Timestamp;

use super::mac::{Hash, PreparedMac};
use super::scheme::{Part, Scheme};
use super::secret::Secret;
use super::verify::{SignatureReport, judge};
use crate::webhook::delivery::Headers;

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
    received: Vec<Vec<u8>>,
    behind: Vec<Vec<u8>>,
    macs: Vec<PreparedMac>,
}

impl<'s> Passing<'s> {
    /// For a body with each of these schemes and the headers that it would be checked with. `None` when
    /// one of them signs the body more than once, or not at all: then it has to be there as a whole.
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
        let is_body = |part: &&Part| **part == Part::Body;
        if scheme.signs.iter().filter(is_body).count() != 1 {
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
        let place = scheme.signs.iter().position(|part| is_body(&part))?;
        let (before, behind) = parts.split_at_checked(place)?;
        let begun = |secret| {
            let mut mac = Hash::of(scheme.algorithm).keyed(Secret::expose(secret));
            before.iter().for_each(|part| mac.update(part));
            mac
        };
        self.claims.push(Claim {
            scheme,
            received,
            behind: behind.iter().map(|part| part.to_vec()).collect(),
            macs: self.secrets.iter().map(begun).collect(),
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
    fn is(&self, scheme: &Scheme, received: &[Vec<u8>]) -> bool {
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
            received.iter().any(|received| mac.is(received))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{Encoding, SignatureFormat};
    use super::super::scheme::{Algorithm, TimestampRule};
    use super::super::sign::signature;
    use super::super::verify::{Verdict, check};
    use super::*;
    use crate::webhook::delivery::Delivery;
    use proptest::prelude::*;

    fn scheme(algorithm: Algorithm, signs: Vec<Part>) -> Scheme {
        Scheme {
            header: "x-signature".to_owned(),
            algorithm,
            format: SignatureFormat::prefixed(Encoding::Hex, ""),
            signs,
            timestamp: Some(TimestampRule {
                header: "x-time".to_owned(),
                tolerance_seconds: 300,
            }),
        }
    }

    fn parts(which: u8) -> Vec<Part> {
        let header = Part::Header("x-time".to_owned());
        let text = Part::Text(".".to_owned());
        match which % 4 {
            0 => vec![Part::Body],
            1 => vec![header, text, Part::Body],
            2 => vec![Part::Body, text, header],
            _ => vec![text, Part::Body, Part::Header("x-other".to_owned())],
        }
    }

    proptest! {
        #[test]
        fn what_passes_by_is_checked_as_what_is_there(
            pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..300), 0..6),
            which: u8, algorithm in 0..3usize, signer in 0..3usize, time in "[0-9]{0,3}", garble: Option<u8>,
        ) {
            let secrets: Vec<_> = ["a", "b"].map(|k| Secret::new(k.into(), k)).into();
            let scheme = scheme(Algorithm::ALL[algorithm], parts(which));
            let body = pieces.concat();
            let mut delivery = Delivery::post("/", body.clone().into());
            let expected = match time.parse::<i64>() {
                Err(_) => Verdict::Malformed,
                Ok(100..=700) => Verdict::Valid,
                Ok(_) => Verdict::Stale,
            };
            delivery.headers.push("X-Time", time);
            let other = Secret::new(b"c".to_vec(), "c");
            let signed = signature(&scheme, secrets.get(signer).unwrap_or(&other), &delivery.headers, &body);
            let mut value = signed.unwrap_or("ab".repeat(scheme.algorithm.mac_len())).into_bytes();
            if let Some(garble) = garble {
                let place = usize::from(garble) % value.len();
                value[place] = garble;
            }
            delivery.headers.push("X-Signature", value);
            let now = Timestamp::from_second(400).unwrap();

            let candidates = [(&scheme, delivery.headers.clone()), (&scheme, delivery.headers.clone())];
            let mut passing = Passing::new(candidates, &secrets).unwrap();
            pieces.iter().for_each(|piece| passing.update(piece));
            prop_assert_eq!(passing.length(), body.len() as u64);
            let report = passing.check(&scheme, &delivery.headers, now);
            prop_assert_eq!(&report, &check(&scheme, &delivery, &secrets, now));
            if which.is_multiple_of(4) && signer < 2 && garble.is_none() {
                prop_assert_eq!(report.verdict, expected);
            }
        }
    }

    #[test]
    fn a_body_that_is_signed_twice_or_not_at_all_has_to_be_there() {
        for signs in [
            vec![Part::Body, Part::Body],
            vec![Part::Text("a".to_owned())],
        ] {
            let scheme = scheme(Algorithm::HmacSha1, signs);
            let headers = [("x-signature", "ab".repeat(20))].into_iter().collect();
            assert!(Passing::new([(&scheme, headers)], &[]).is_none());
        }
    }
}
