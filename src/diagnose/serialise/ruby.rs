//! Ruby's `JSON.generate(JSON.parse(…))`, and `to_json` as Rails makes it.

use super::escape::{ALL_SHORT, Hex, quoted};
use super::number::{self, Notation, double, is_integer};
use super::style::{Layout, Style, copied, well_formed};
use super::{Serialiser, Stack};

pub(super) fn all() -> Vec<Serialiser> {
    vec![
        Serialiser {
            codes: vec!["body.reserialized.ruby"],
            stack: Stack::Ruby,
            formula: "JSON.generate(JSON.parse(…))".to_owned(),
            style: RUBY,
        },
        Serialiser {
            codes: vec!["body.reserialized.ruby", "body.pretty"],
            stack: Stack::Ruby,
            formula: "JSON.pretty_generate(JSON.parse(…))".to_owned(),
            style: Style {
                layout: Layout::pretty("  "),
                ..RUBY
            },
        },
        Serialiser {
            codes: vec!["body.reserialized.rails"],
            stack: Stack::Rails,
            formula: "JSON.parse(…).to_json".to_owned(),
            style: Style {
                string: rails_string,
                number: rails_number,
                ..RUBY
            },
        },
    ]
}

const RUBY: Style = Style {
    decode: well_formed,
    string,
    number,
    depth: Some(100),
    ..Style::PLAIN
};

fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    quoted(text, ALL_SHORT, Hex::Lower, |code| code >= 0x20, out)
}

fn rails_string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| code >= 0x20 && !matches!(code, 0x26 | 0x3C | 0x3E | 0x2028 | 0x2029);
    quoted(text, ALL_SHORT, Hex::Lower, stays, out)
}

/// An infinite number is refused.
fn number(text: &str, out: &mut Vec<u8>) -> bool {
    if is_integer(text) {
        number::integer(text, out);
        return true;
    }
    number::finite(double(text), &TO_S, out)
}

fn rails_number(text: &str, out: &mut Vec<u8>) -> bool {
    number(text, out) || copied(b"null", out)
}

/// `Float#to_s`.
const TO_S: Notation = Notation {
    fixed: (-4, 14),
    fraction: true,
    whole: ".0",
    single: ".0",
    marks: ["e+", "e-"],
    width: 2,
};
