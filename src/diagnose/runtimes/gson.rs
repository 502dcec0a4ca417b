//! Java's Gson, by its documentation and source: numbers keep their text, members that are `null` are left out, and HTML's
//! signs are escaped by default.

use super::escape::{ALL_SHORT, Hex, is_surrogate, quoted};
use super::{Layout, PrintString, Runtime, Serializer, Style};

pub(super) fn all() -> Vec<Serializer> {
    let strings: [(&str, PrintString); 2] = [("", html), ("disableHtmlEscaping()", plain)];
    let mut all = Vec::new();
    for (pretty, layout) in [("", Layout::COMPACT), ("setPrettyPrinting()", Layout::pretty("  "))] {
        for (nulls, skips_null) in [("", true), ("serializeNulls()", false)] {
            for (escaping, string) in strings {
                let mut options = [escaping, nulls, pretty].to_vec();
                options.retain(|option| !option.is_empty());
                let gson = match options.is_empty() {
                    true => "new Gson()".to_owned(),
                    false => format!("new GsonBuilder().{}.create()", options.join(".")),
                };
                let formula = format!("{gson}.toJson(JsonParser.parseString(…))");
                let style = Style { string, layout, skips_null, ..Style::PLAIN };
                let one =
                    Serializer::new(Runtime::GSON, &["body.reserialized.gson"], formula, style);
                all.push(if options.is_empty() { one } else { one.rare() });
            }
        }
    }
    all
}

fn html(text: &[u8], out: &mut Vec<u8>) -> bool {
    write(text, |code| matches!(code, 0x26 | 0x27 | 0x3C | 0x3D | 0x3E), out)
}

fn plain(text: &[u8], out: &mut Vec<u8>) -> bool {
    write(text, |_| false, out)
}

fn write(text: &[u8], escaped: fn(u32) -> bool, out: &mut Vec<u8>) -> bool {
    let stays = |code: u32| {
        code >= 0x20 && !matches!(code, 0x2028 | 0x2029) && !is_surrogate(code) && !escaped(code)
    };
    quoted(text, ALL_SHORT, Hex::Lower, stays, out)
}
