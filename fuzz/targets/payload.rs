//! The display of a payload: the same JSON, without control characters for a terminal.

use cz_hook::output::payload::pretty;
use cz_hook::output::style::Palette;
use serde_json::Value;

pub fn payload(data: &[u8]) {
    let shown = pretty(data, Palette::new(false), "  ");
    super::assert_harmless(&shown, true);
    let whole = data.len() <= 64 << 10;
    if let (true, Ok(json)) = (whole, serde_json::from_slice::<Value>(data)) {
        assert_eq!(serde_json::from_str::<Value>(&shown).ok(), Some(json));
    }
}
