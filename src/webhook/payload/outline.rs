//! The outline of a JSON body: what of it tells providers apart, and no more. A body of any size has a
//! small one.

use serde_json::Value;

use crate::webhook::provider::Provider;

/// The places in a body that some provider looks at: a tree of the steps that lead there.
#[derive(Clone, Debug)]
pub struct Landmarks {
    /// The first is the whole body, and each stands behind the one it is in.
    places: Vec<Place>,
    /// The length in bytes of the longest name of an event: a longer text names none.
    longest_name: usize,
    /// The same of names and steps.
    longest: usize,
}

/// One of the [`Landmarks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(usize);

impl Mark {
    /// The whole body.
    pub const BODY: Self = Self(0);
}

#[derive(Clone, Debug, Default)]
struct Place {
    /// The key in an object, or the index in an array.
    step: String,
    inner: Vec<Mark>,
    /// Whether some provider names its events here.
    is_name: bool,
}

/// Where a provider looks.
#[derive(Clone, Debug)]
pub struct Marks {
    /// The keys of its envelope.
    pub keys: Vec<Mark>,
    /// The event's name; `None` when its pointer is none.
    pub event: Option<Mark>,
}

impl Default for Landmarks {
    fn default() -> Self {
        Self {
            places: vec![Place::default()],
            longest_name: 0,
            longest: 0,
        }
    }
}

impl Landmarks {
    /// Adds where `provider` looks.
    pub fn add(&mut self, provider: &Provider) -> Marks {
        let envelope = &provider.envelope;
        let names = provider.events.iter().map(|event| event.name.len());
        self.longest_name = names.fold(self.longest_name, usize::max);
        self.longest = self.longest.max(self.longest_name);
        let event = self.pointed_at(&envelope.event);
        if let Some(place) = event.and_then(|mark| self.places.get_mut(mark.0)) {
            place.is_name = true;
        }
        Marks {
            keys: envelope
                .keys
                .iter()
                .map(|k| self.step(Mark::BODY, k))
                .collect(),
            event,
        }
    }

    /// What a JSON Pointer (RFC 6901) points at.
    fn pointed_at(&mut self, pointer: &str) -> Option<Mark> {
        let mut steps = pointer.split('/');
        if steps.next() != Some("") {
            return None;
        }
        let step = |at, step: &str| self.step(at, &step.replace("~1", "/").replace("~0", "~"));
        Some(steps.fold(Mark::BODY, step))
    }

    fn step(&mut self, from: Mark, step: &str) -> Mark {
        if let Some(known) = self.inside(from, step.as_bytes()) {
            return known;
        }
        let new = Mark(self.places.len());
        self.longest = self.longest.max(step.len());
        self.places.push(Place {
            step: step.to_owned(),
            inner: Vec::new(),
            is_name: false,
        });
        if let Some(place) = self.places.get_mut(from.0) {
            place.inner.push(new);
        }
        new
    }

    /// The landmark that is this step inside another.
    pub fn inside(&self, outer: Mark, step: &[u8]) -> Option<Mark> {
        let is_it = |mark: &&Mark| {
            self.places
                .get(mark.0)
                .is_some_and(|p| p.step.as_bytes() == step)
        };
        self.inner(outer).iter().find(is_it).copied()
    }

    /// The landmarks just inside another.
    pub fn inner(&self, outer: Mark) -> &[Mark] {
        self.places.get(outer.0).map_or(&[], |place| &place.inner)
    }

    /// How many bytes of a text are worth keeping: a longer one is neither a step nor a name.
    pub fn longest(&self) -> usize {
        self.longest
    }
}

/// What there is in one body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    is_object: bool,
    /// In the order of the landmarks.
    found: Vec<Found>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Found {
    #[default]
    Nothing,
    /// Something that names no event.
    Something,
    Text(String),
}

impl Outline {
    /// Of a body that nothing is known of yet.
    pub fn empty(landmarks: &Landmarks) -> Self {
        Self {
            is_object: false,
            found: vec![Found::Nothing; landmarks.places.len()],
        }
    }

    /// Of a body that was parsed.
    pub fn of(landmarks: &Landmarks, json: &Value) -> Self {
        let mut outline = Self::empty(landmarks);
        outline.walk(landmarks, Mark::BODY, json);
        outline
    }

    fn walk(&mut self, landmarks: &Landmarks, at: Mark, json: &Value) {
        self.enter(landmarks, at);
        match json {
            Value::String(text) => self.set_text(landmarks, at, text),
            Value::Object(map) => {
                self.is_object |= at == Mark::BODY;
                for &mark in landmarks.inner(at) {
                    let step = landmarks.places.get(mark.0).map(|place| &place.step);
                    if let Some(value) = step.and_then(|step| map.get(step)) {
                        self.walk(landmarks, mark, value);
                    }
                }
            }
            Value::Array(items) if !landmarks.inner(at).is_empty() => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(mark) = landmarks.inside(at, index.to_string().as_bytes()) {
                        self.walk(landmarks, mark, item);
                    }
                }
            }
            _ => {}
        }
    }

    /// Notes that a value begins at `mark`. What an earlier one of the same key had is gone.
    pub fn enter(&mut self, landmarks: &Landmarks, mark: Mark) {
        self.set(mark, Found::Something);
        for &inner in landmarks.inner(mark) {
            self.leave_out(landmarks, inner);
        }
    }

    fn leave_out(&mut self, landmarks: &Landmarks, mark: Mark) {
        self.set(mark, Found::Nothing);
        for &inner in landmarks.inner(mark) {
            self.leave_out(landmarks, inner);
        }
    }

    /// Notes that the body is an object.
    pub fn set_object(&mut self) {
        self.is_object = true;
    }

    /// Notes the text at `mark`, if it can be the name of an event.
    pub fn set_text(&mut self, landmarks: &Landmarks, mark: Mark, text: &str) {
        let is_name = landmarks.places.get(mark.0).is_some_and(|p| p.is_name);
        if is_name && text.len() <= landmarks.longest_name {
            self.set(mark, Found::Text(text.to_owned()));
        }
    }

    fn set(&mut self, mark: Mark, found: Found) {
        if let Some(place) = self.found.get_mut(mark.0) {
            *place = found;
        }
    }

    /// Whether the body is an object.
    pub fn is_object(&self) -> bool {
        self.is_object
    }

    /// Whether there is something at `mark`.
    pub fn has(&self, mark: Mark) -> bool {
        self.found
            .get(mark.0)
            .is_some_and(|found| *found != Found::Nothing)
    }

    /// The text at `mark`, if there is one and it is no longer than the longest name of an event.
    pub fn text(&self, mark: Mark) -> Option<&str> {
        match self.found.get(mark.0) {
            Some(Found::Text(text)) => Some(text),
            _ => None,
        }
    }
}
