//! Which request is the n-th of a run: its event, whether it is valid, corrupted or a duplicate, and its ids. Everything
//! follows from the seed and the number, so that any thread, and a script of another load tool, comes to the same request.

use crate::webhook::signature::tamper::Tamper;

/// What a request is for, which decides the right response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intent {
    /// A new, valid delivery: 2xx.
    Valid,
    /// The body and the id of an earlier one: 2xx.
    Duplicate,
    /// Corrupted: 4xx.
    Tampered(TamperIndex),
}

/// A way to corrupt requests, by its place in [`Tamper::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TamperIndex(u8);

impl TamperIndex {
    pub fn new(how: Tamper) -> Self {
        let place = Tamper::ALL.iter().position(|one| *one == how);
        Self(place.and_then(|place| u8::try_from(place).ok()).unwrap_or_default())
    }

    pub fn tamper(self) -> Tamper {
        Tamper::ALL.get(usize::from(self.0)).copied().unwrap_or(Tamper::Signature)
    }
}

impl Intent {
    /// The word used in every output: `valid`, `duplicate` or the name of the corruption.
    pub fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Duplicate => "duplicate",
            Self::Tampered(how) => how.tamper().name(),
        }
    }

    /// Whether a status is the right response.
    pub fn expects(self, status: u16) -> bool {
        match self {
            Self::Valid | Self::Duplicate => (200..300).contains(&status),
            Self::Tampered(_) => (400..500).contains(&status),
        }
    }

    pub fn tamper(self) -> Option<Tamper> {
        match self {
            Self::Tampered(how) => Some(how.tamper()),
            _ => None,
        }
    }
}

/// How often requests are something else than new and valid.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    pub tamper: Vec<(Tamper, f64)>,
    pub duplicate: f64,
}

impl Shares {
    pub fn total(&self) -> f64 {
        self.duplicate + self.tamper.iter().map(|(_, share)| share).sum::<f64>()
    }
}

/// The order of the kinds of requests.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// One after the other, and again from the first.
    InTurn(usize),
    /// At random, by these weights.
    Weighted(Vec<f64>),
}

#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub order: Order,
    pub shares: Shares,
}

/// One request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The kind of request, by its place in the order.
    pub kind: usize,
    pub intent: Intent,
    /// The number whose body and id it has; of a duplicate, that of an earlier request.
    pub content: u64,
}

/// What a random number is for. Scripts of other load tools have the same numbers.
#[derive(Clone, Copy, Debug)]
pub enum Stream {
    Kind = 0,
    Intent = 1,
    Distance = 2,
    BodyId = 3,
    DeliveryId = 7,
    Run = 11,
}

/// How far back a duplicate's original is at most, not counting requests that are no originals.
pub const MAX_DISTANCE: u64 = 100;

impl Plan {
    /// The `n`-th request, counted from 0.
    pub fn request(&self, n: u64) -> Planned {
        let intent = self.intent(n);
        if intent == Intent::Duplicate
            && let Some(content) = self.original(n)
        {
            return Planned { kind: self.kind(content), intent, content };
        }
        let intent = if intent == Intent::Duplicate { Intent::Valid } else { intent };
        Planned { kind: self.kind(n), intent, content: n }
    }

    /// The name of the run in ids: the same for the same seed.
    pub fn run(&self) -> String {
        format!("{:08x}", self.draw(0, Stream::Run as u32))
    }

    /// The UUID of a request for one purpose.
    pub fn uuid(&self, n: u64, stream: Stream) -> String {
        let first = stream as u32;
        let words = [0, 1, 2, 3].map(|i| u128::from(self.draw(n, first + i)));
        let bits = words.iter().fold(0, |bits, word| bits << 32 | word);
        crate::uuid::of_bits(bits)
    }

    fn kind(&self, n: u64) -> usize {
        match &self.order {
            Order::InTurn(kinds) => {
                let kinds = u64::try_from(*kinds).unwrap_or(u64::MAX).max(1);
                usize::try_from(n % kinds).unwrap_or_default()
            }
            Order::Weighted(weights) if weights.len() < 2 => 0,
            Order::Weighted(weights) => {
                let total: f64 = weights.iter().sum();
                let at = self.share(n, Stream::Kind) * total;
                let mut sum = 0.0;
                let place = weights.iter().position(|weight| {
                    sum += weight;
                    at < sum
                });
                place.unwrap_or(weights.len() - 1)
            }
        }
    }

    /// What the request is for; a duplicate may turn out to have no original.
    fn intent(&self, n: u64) -> Intent {
        if self.shares.duplicate == 0.0 && self.shares.tamper.is_empty() {
            return Intent::Valid;
        }
        let at = self.share(n, Stream::Intent);
        let mut sum = self.shares.duplicate;
        if at < sum {
            return Intent::Duplicate;
        }
        for (how, share) in &self.shares.tamper {
            sum += share;
            if at < sum {
                return Intent::Tampered(TamperIndex::new(*how));
            }
        }
        Intent::Valid
    }

    /// The earlier request that a duplicate repeats.
    fn original(&self, n: u64) -> Option<u64> {
        let last = n.checked_sub(1)?;
        let back = u64::from(self.draw(n, Stream::Distance as u32)) % n.min(MAX_DISTANCE);
        let from = last - back;
        let mut candidates = (from.saturating_sub(MAX_DISTANCE)..=from).rev();
        candidates.find(|m| self.intent(*m) == Intent::Valid)
    }

    /// A number from 0 up to 1.
    fn share(&self, n: u64, stream: Stream) -> f64 {
        f64::from(self.draw(n, stream as u32)) / 4_294_967_296.0
    }

    /// A random number that follows from the seed, the request and the purpose. With 32-bit arithmetic, which every
    /// language has.
    fn draw(&self, n: u64, stream: u32) -> u32 {
        let words = [self.seed as u32, (self.seed >> 32) as u32, n as u32, (n >> 32) as u32];
        words.into_iter().chain([stream]).fold(0, mix)
    }
}

/// The finalizer of MurmurHash3, over the state and another word.
fn mix(state: u32, word: u32) -> u32 {
    let mut h = (state ^ word).wrapping_add(0x9e37_79b9);
    h ^= h >> 16;
    h = h.wrapping_mul(0x85eb_ca6b);
    h ^= h >> 13;
    h = h.wrapping_mul(0xc2b2_ae35);
    h ^ h >> 16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(shares: Shares) -> Plan {
        Plan { seed: 7, order: Order::Weighted(vec![3.0, 1.0]), shares }
    }

    #[test]
    fn shares_and_weights_are_about_as_asked() {
        let plan = plan(Shares { tamper: vec![(Tamper::Signature, 0.1)], duplicate: 0.2 });
        let all: Vec<_> = (0..100_000).map(|n| plan.request(n)).collect();
        let share = |is: &dyn Fn(&Planned) -> bool| {
            all.iter().filter(|one| is(one)).count() as f64 / all.len() as f64
        };
        let near = |a: f64, b: f64| (a - b).abs() < 0.01;
        assert!(near(share(&|one| one.kind == 1), 0.25));
        assert!(near(share(&|one| one.intent == Intent::Duplicate), 0.2));
        assert!(near(share(&|one| one.intent.tamper() == Some(Tamper::Signature)), 0.1));
    }

    #[test]
    fn a_duplicate_repeats_an_earlier_valid_request() {
        let plan = plan(Shares { tamper: vec![(Tamper::Body, 0.3)], duplicate: 0.4 });
        for n in 0..2000 {
            let one = plan.request(n);
            if one.intent != Intent::Duplicate {
                assert_eq!(one.content, n);
                continue;
            }
            let original = plan.request(one.content);
            assert!(one.content < n);
            assert_eq!((original.intent, original.kind), (Intent::Valid, one.kind));
        }
        assert_eq!(plan.request(0).content, 0);
    }

    #[test]
    fn the_same_seed_gives_the_same_requests_and_another_gives_others() {
        let one = plan(Shares::default());
        let other = Plan { seed: 8, ..one.clone() };
        let ids = |plan: &Plan| (0..9).map(|n| plan.uuid(n, Stream::BodyId)).collect::<Vec<_>>();
        assert_eq!(ids(&one), ids(&one.clone()));
        assert_ne!(ids(&one), ids(&other));
        assert_ne!(one.run(), other.run());
        assert_ne!(one.uuid(1, Stream::BodyId), one.uuid(1, Stream::DeliveryId));
    }

    #[test]
    fn one_kind_after_the_other() {
        let plan = Plan { seed: 1, order: Order::InTurn(3), shares: Shares::default() };
        let kinds: Vec<_> = (0..5).map(|n| plan.request(n).kind).collect();
        assert_eq!(kinds, [0, 1, 2, 0, 1]);
    }
}
