//! In what form a listener's notices are written: for people, for programs, or not at all.

use crate::output::console::Console;
use crate::output::delivery::{self, DeliveryFormatter};
use crate::output::diagnosis;
use crate::server::{Notice, Scribe};

use super::explain::is_explained;
use super::explaining::Said;

/// What is said instead of a cause when deliveries come faster than they can be explained.
const NOT_NOW: &str =
    "not looked for: too many at once; `cz-hook verify` on a recording explains each";

/// How notices are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
    /// Not at all.
    Nothing,
}

impl Form {
    /// The form that the options ask for.
    pub fn of(json: bool, console: &Console) -> Self {
        match (json, console.quiet) {
            (true, _) => Self::Json,
            (false, true) => Self::Nothing,
            (false, false) => Self::Human,
        }
    }

    /// Who puts deliveries into words before they are reported: in a form for programs, all of them but
    /// those whose signature is to be explained first.
    pub fn scribe(self, is_explaining: bool) -> Option<Scribe> {
        match (self, is_explaining) {
            (Self::Json, false) => Some(|received| Some(delivery::json_line(received, None))),
            (Self::Json, true) => Some(|received| {
                let is_plain = !received.verdict().is_some_and(is_explained);
                is_plain.then(|| delivery::json_line(received, None))
            }),
            (Self::Human | Self::Nothing, _) => None,
        }
    }

    /// Writes a notice behind `out`.
    pub fn write(
        self,
        notice: &Notice,
        said: &Said,
        formatter: &DeliveryFormatter,
        out: &mut Vec<u8>,
    ) {
        let shown = match (self, notice) {
            (Self::Nothing, _) => return,
            (_, Notice::Written(written)) => {
                return out.extend_from_slice(&written.words);
            }
            (Self::Human, Notice::Delivery(received, _)) => {
                let cause = match said {
                    Said::Nothing => None,
                    Said::Why(diagnosis) => Some(diagnosis::one_line(diagnosis)),
                    Said::TooMany => Some(NOT_NOW.to_owned()),
                };
                formatter.delivery(received, cause.as_deref()).into_bytes()
            }
            (Self::Human, Notice::Rejected(turned)) => formatter.rejected(turned).into_bytes(),
            (Self::Json, Notice::Delivery(received, _)) => {
                let diagnosis = match said {
                    Said::Why(diagnosis) => Some(&**diagnosis),
                    Said::Nothing | Said::TooMany => None,
                };
                delivery::json_line(received, diagnosis)
            }
            (Self::Json, Notice::Rejected(turned)) => delivery::rejected_json_line(turned),
        };
        out.extend_from_slice(&shown);
    }
}
