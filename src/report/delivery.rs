//! A received delivery for people: one line that says it all, the payload, and what is wrong with it.

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::webhook::examine::Examination;
use crate::webhook::received::{Forwarded, Received, TurnedAway};
use crate::webhook::validate::{Validation, Validity};
use crate::webhook::verify::Verdict;

use super::payload;
use super::sanitize::{block, clipped, line};
use super::style::Palette;

/// The longest name of a stranger's that is shown whole.
const NAME: usize = 60;

/// How deliveries are shown.
#[derive(Clone, Debug)]
pub struct View {
    /// Colours.
    pub palette: Palette,
    /// Also the request line and headers.
    pub verbose: bool,
    /// The zone of the times shown.
    pub zone: TimeZone,
}

impl View {
    /// A delivery, ending with an empty line; `cause` is why its signature is not valid, if that is known.
    pub fn delivery(&self, received: &Received, cause: Option<&str>) -> String {
        let mut out = String::new();
        if received.forwarded.is_some() {
            out.push_str("--> ");
        }
        out.push_str(&self.headline(received));
        out.push('\n');
        if let Some(forwarded) = &received.forwarded {
            self.endpoint(forwarded, &mut out);
        }
        self.remarks(received, cause, &mut out);
        if self.verbose {
            self.head(received, &mut out);
        }
        self.body(received, &mut out);
        let validation = &received.examination.validation;
        if validation.verdict != Validity::NotJson {
            findings(validation, self.palette, &mut out);
        }
        out.push('\n');
        out
    }

    /// A request that never became a delivery, in one line.
    pub fn turned_away(&self, turned: &TurnedAway) -> String {
        let p = self.palette;
        let mut words = vec![p.faint(&self.time(turned.at)), p.bad("turned away")];
        if let Some((method, target)) = &turned.request {
            words.push(format!(
                "{} {}",
                clipped(method.as_bytes(), 20),
                clipped(target.as_bytes(), NAME)
            ));
        }
        words.push(clipped(turned.detail.as_bytes(), 200));
        if let Some(status) = turned.status {
            words.push(p.status(status));
        }
        if let Some(peer) = turned.peer {
            words.push(p.faint(&format!("from {peer}")));
        }
        format!("{}\n\n", words.join("  "))
    }

    /// Time, event and channel, provider, the two verdicts, the answer and how long it took.
    fn headline(&self, received: &Received) -> String {
        let p = self.palette;
        let found = &received.examination;
        let event = found.event.name.as_deref().unwrap_or("(no event)");
        let mut name = clipped(event.as_bytes(), NAME);
        if let Some(channel) = &found.event.channel {
            name = format!("{name}/{}", clipped(channel.as_bytes(), NAME));
        }
        let provider = found
            .provider
            .map_or("(unknown provider)", |known| known.name.as_str());
        let time = received.delivery.received_at.map(|at| self.time(at));
        let mut words = vec![
            p.faint(&format!("#{} {}", received.id, time.unwrap_or_default())),
            p.name(&name),
            provider.to_owned(),
            format!("signature {}", p.verdict(found.signature.verdict)),
            format!("payload {}", p.validity(found.validation.verdict)),
            match received.status {
                Some(status) => p.status(status),
                None => p.bad("no answer"),
            },
            p.faint(&format!("{:.1} ms", received.duration.as_secs_f64() * 1e3)),
        ];
        if let Some(first) = received.duplicate_of {
            words.push(p.doubt(&format!("same body as #{first}: a retry or a duplicate")));
        }
        words.join("  ")
    }

    /// What the endpoint said that a delivery was passed on to.
    fn endpoint(&self, forwarded: &Forwarded, out: &mut String) {
        let p = self.palette;
        let said = match &forwarded.outcome {
            Ok(status) => p.status(*status),
            Err(why) => p.bad(&line(why.as_bytes())),
        };
        let took = format!("{:.1} ms", forwarded.duration.as_secs_f64() * 1e3);
        out.push_str(&format!(
            "<-- {said}  {}  {}\n",
            line(forwarded.url.as_bytes()),
            p.faint(&took)
        ));
    }

    fn remarks(&self, received: &Received, cause: Option<&str>, out: &mut String) {
        if let Some(fault) = &received.injected {
            self.remark("injected", fault, out);
        }
        let found = &received.examination;
        let says_why = matches!(
            found.signature.verdict,
            Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale
        );
        if says_why || self.verbose {
            self.remark("signature", &found.signature.reason, out);
        } else if let Some(said) = &found.contradiction {
            self.remark("provider", &said.sentence(), out);
        }
        if let Some(cause) = cause {
            self.remark("cause", cause, out);
        }
        if found.validation.verdict == Validity::NotJson {
            for error in &found.validation.errors {
                self.remark("payload", &error.message, out);
            }
        }
    }

    fn remark(&self, about: &str, text: &str, out: &mut String) {
        out.push_str(&format!(
            "  {} {}\n",
            self.palette.faint(&format!("{about}:")),
            clipped(text.as_bytes(), 400)
        ));
    }

    fn head(&self, received: &Received, out: &mut String) {
        let delivery = &received.delivery;
        out.push_str(&format!(
            "  {} {}\n",
            line(delivery.method.as_bytes()),
            line(delivery.target.as_bytes())
        ));
        for (name, value) in delivery.headers.iter() {
            let name = self.palette.key(&line(name.as_bytes()));
            out.push_str(&format!("  {name}: {}\n", line(value)));
        }
    }

    fn body(&self, received: &Received, out: &mut String) {
        let body = &received.delivery.body;
        if body.is_empty() {
            return;
        }
        if received.examination.validation.verdict == Validity::NotJson {
            const MOST: usize = 1024;
            let shown = body.get(..MOST).unwrap_or(body);
            for text in block(shown).lines() {
                out.push_str(&format!("  {text}\n"));
            }
            if shown.len() < body.len() {
                let more = body.len() - shown.len();
                out.push_str(&format!("  … {more} more bytes (--json has them all)\n"));
            }
        } else {
            out.push_str(&payload::pretty(body, self.palette, "  "));
        }
    }

    fn time(&self, at: jiff::Timestamp) -> String {
        Zoned::new(at, self.zone.clone())
            .strftime("%H:%M:%S%.3f")
            .to_string()
    }
}

/// The verdict on a body alone, with what it rests on.
pub fn validated(found: &Examination, p: Palette) -> String {
    let event = found.event.name.as_deref().unwrap_or("(no event)");
    let provider = found
        .provider
        .map_or("(unknown provider)", |known| known.name.as_str());
    let mut out = format!(
        "{}  {}  {provider}\n",
        p.validity(found.validation.verdict),
        p.name(&clipped(event.as_bytes(), NAME)),
    );
    findings(&found.validation, p, &mut out);
    out
}

fn findings(validation: &Validation, p: Palette, out: &mut String) {
    let errors = validation.errors.iter().map(|e| (p.bad("✗"), e));
    let notes = validation.notes.iter().map(|n| (p.doubt("+"), n));
    for (mark, finding) in errors.chain(notes) {
        let path = if finding.path.is_empty() {
            "(the whole body)"
        } else {
            &finding.path
        };
        out.push_str(&format!(
            "  {mark} {}  {}\n",
            p.name(&clipped(path.as_bytes(), 120)),
            clipped(finding.message.as_bytes(), 400)
        ));
    }
}
