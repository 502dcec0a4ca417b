//! .NET's `System.Text.Json`: numbers keep their text, order and duplicates stay, and the default encoder
//! escapes all that could matter in HTML.

use super::escape::{Hex, quoted};
use super::style::{Keys, Layout, Style, well_formed};
use super::{Serialiser, Stack};

pub(super) fn all() -> Vec<Serialiser> {
    let mut all = Vec::new();
    for (argument, layout) in [
        ("", Layout::COMPACT),
        (", WriteIndented", Layout::pretty("  ")),
    ] {
        for (of, keys) in [
            ("JsonElement", Keys::Kept),
            ("Dictionary<string, JsonElement>", Keys::UniqueAtTop),
        ] {
            let pretty = layout.indent.map(|_| "body.pretty");
            all.push(Serialiser {
                codes: std::iter::once("body.reserialized.dotnet")
                    .chain(pretty)
                    .collect(),
                stack: Stack::DotNet,
                formula: format!(
                    "JsonSerializer.Serialize(JsonSerializer.Deserialize<{of}>(…){argument})"
                ),
                style: Style {
                    layout,
                    keys,
                    decode: well_formed,
                    string,
                    depth: Some(64),
                    ..Style::PLAIN
                },
            });
        }
    }
    all
}

/// `JavaScriptEncoder.Default`.
fn string(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| {
        (0x20..0x7F).contains(&code)
            && !matches!(code, 0x22 | 0x26 | 0x27 | 0x2B | 0x3C | 0x3E | 0x60)
    };
    quoted(text, "btnfr", Hex::Upper, stays, out)
}
