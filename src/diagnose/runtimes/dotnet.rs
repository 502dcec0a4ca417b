//! .NET's `System.Text.Json`: numbers keep their text, order and duplicates stay, and the default encoder
//! escapes all that could matter in HTML.

use super::escape::{ALL_SHORT, Hex, Ranges, quoted};
use super::{Keys, Layout, PrintString, Runtime, Serializer, Style};

/// A `JsonNode`, and what is deserialised to `object`, print as a `JsonElement` does.
pub(super) fn all() -> Vec<Serializer> {
    let encoders: [(&str, PrintString); 2] =
        [("", default), ("Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping", relaxed)];
    let types =
        [("JsonElement", Keys::Kept), ("Dictionary<string, JsonElement>", Keys::UniqueAtTop)];
    let mut all = Vec::new();
    for (indented, layout) in
        [("", Layout::COMPACT), ("WriteIndented = true", Layout::pretty("  "))]
    {
        for (encoder, string) in encoders {
            let options = match (encoder, indented) {
                ("", "") => String::new(),
                ("", one) | (one, "") => format!(", new() {{ {one} }}"),
                _ => format!(", new() {{ {encoder}, {indented} }}"),
            };
            for (of, keys) in types {
                let formula = format!(
                    "JsonSerializer.Serialize(JsonSerializer.Deserialize<{of}>(…){options})"
                );
                let style = Style { layout, keys, string, depth: Some(64), ..Style::PLAIN };
                let codes = &["body.reserialized.dotnet"];
                let one = Serializer::new(Runtime::DOTNET, codes, formula, style);
                all.push(if indented.is_empty() { one } else { one.rare() });
            }
        }
    }
    all
}

/// `JavaScriptEncoder.Default`; what is not UTF-8 is refused.
fn default(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| {
        (0x20..0x7F).contains(&code)
            && !matches!(code, 0x22 | 0x26 | 0x27 | 0x2B | 0x3C | 0x3E | 0x60)
    };
    std::str::from_utf8(text).is_ok() && quoted(text, "btnfr", Hex::Upper, stays, out)
}

/// `JavaScriptEncoder.UnsafeRelaxedJsonEscaping`, which is less relaxed than its name.
fn relaxed(text: &[u8], out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| match code {
        ..0x80 => (0x20..0x7F).contains(&code),
        0x80..0x1_0000 => !ESCAPED.contains(code),
        _ => false,
    };
    std::str::from_utf8(text).is_ok() && quoted(text, ALL_SHORT, Hex::Upper, stays, out)
}

/// What .NET Core 3.1 escapes from U+0080 to U+FFFF: control characters, spaces, private use and all that was
/// not assigned then. What Unicode has assigned since is printed by later versions.
static ESCAPED: Ranges = Ranges::new(include_str!("dotnet_escaped.txt"));
