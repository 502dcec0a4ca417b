//! What changes nothing but white space: the layouts of any JSON writer.

use super::{Layout, Runtime, Serializer, Style};

pub(super) fn all() -> Vec<Serializer> {
    let lines = INDENTS.iter().map(|(shown, indent)| {
        (format!("indented(…, {shown})"), "body.pretty", Layout::pretty(indent))
    });
    let spaces =
        SPACES.iter().map(|(formula, layout)| ((*formula).to_owned(), "body.spaced", *layout));
    let crowded = [
        ("indented(…, 2, \":\")", "  "),
        ("indented(…, 4, \":\")", "    "),
        ("indented(…, \"\\t\", \":\")", "\t"),
        ("lines(…)", ""),
    ];
    let crowded = crowded.iter().map(|(formula, indent)| {
        let layout = Layout { key: ":", ..Layout::pretty(indent) };
        ((*formula).to_owned(), "body.pretty", layout)
    });
    let wide = [("  ", "2"), ("    ", "4"), ("   ", "3"), ("\t", "\"\\t\"")];
    let wide = wide.iter().map(|(indent, shown)| {
        let layout = Layout { key: " : ", ..Layout::pretty(indent) };
        (format!("indented(…, {shown}, \" : \")"), "body.pretty", layout)
    });
    lines
        .chain(spaces)
        .chain(crowded)
        .chain(wide)
        .map(|(formula, code, layout)| {
            let style = Style { layout, ..Style::RAW };
            Serializer::new(Runtime::ANY, &[code], formula, style).rare()
        })
        .collect()
}

const INDENTS: [(&str, &str); 9] = [
    ("2", "  "),
    ("4", "    "),
    (r#""\t""#, "\t"),
    ("1", " "),
    ("3", "   "),
    ("8", "        "),
    ("5", "     "),
    ("6", "      "),
    ("7", "       "),
];

const fn spaced(item: &'static str, key: &'static str, inner: [&'static str; 2]) -> Layout {
    Layout { item, key, inner, ..Layout::COMPACT }
}

const SPACES: [(&str, Layout); 11] = [
    ("spaced(…)", spaced(", ", ": ", ["", ""])),
    ("spaced(…, \",\", \": \")", spaced(",", ": ", ["", ""])),
    ("spaced(…, \", \", \":\")", spaced(", ", ":", ["", ""])),
    ("spaced(…, \", \", \": \", \"{ \")", spaced(", ", ": ", [" ", ""])),
    ("spaced(…, \", \", \": \", \"{ \", \"{ }\")", spaced(", ", ": ", [" ", " "])),
    ("spaced(…, \", \", \" : \", \"{ \")", spaced(", ", " : ", [" ", ""])),
    ("spaced(…, \", \", \" : \", \"{ \", \"{ }\")", spaced(", ", " : ", [" ", " "])),
    ("spaced(…, \", \", \" : \")", spaced(", ", " : ", ["", ""])),
    ("spaced(…, \",\", \" : \")", spaced(",", " : ", ["", ""])),
    ("spaced(…, \" , \", \" : \")", spaced(" , ", " : ", ["", ""])),
    ("spaced(…, \" , \", \" : \", \"{ \")", spaced(" , ", " : ", [" ", " "])),
];
