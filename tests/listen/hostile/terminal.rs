//! Untrusted text in a delivery is escaped before a terminal shows it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::payload::{envelope, signed};
use super::{listen, still_serves};
use crate::support::listening::{Listening, request, status};
use crate::support::{BODY, SECRET, SIGNED, hook};

/// Text that changes a terminal: escape sequences of both lengths, a title, other line ends, a forged headline, and
/// bidirectional control characters.
const STEERING: &str = "a\u{1b}[2Jb\u{1b}]0;owned\u{7}c\u{9b}2Jd\u{85}e\u{202e}f\u{2066}g\u{2028}h\u{7f}i\u{8}j\rk\r\n#99 00:00:00.000  forged\nl";

/// Deliveries with [`STEERING`] in one field each, and rejected requests with it.
struct Steering {
    deliveries: Vec<Vec<u8>>,
    others: Vec<Vec<u8>>,
}

fn steering() -> Steering {
    let raw = format!("\"{}\"", STEERING.replace(|c: char| c < ' ', ""));
    let bodies = [
        envelope(STEERING, &json!({})).to_string(),
        json!({"eventType": "message.received", "agentId": STEERING, "channel": STEERING, "payload": {}}).to_string(),
        envelope("lead.submit", &json!({STEERING: STEERING, "customerName": {STEERING: [STEERING]}})).to_string(),
        // Characters that JSON does not require to be escaped, in all kinds of fields.
        format!(r#"{{"eventType":{raw},"agentId":{raw},"payload":{{{raw}:{raw}}},{raw}:[{raw}]}}"#),
        STEERING.to_owned(),
        format!("{{\"eventType\":\"{STEERING}"),
        // Bytes between the tokens, which a careless printer would not escape.
        "{\r\"eventType\"\r:\r\"lead.submit\"\r}".to_owned(),
    ];
    let mut deliveries: Vec<_> = bodies.iter().map(|body| signed("/", body.as_bytes())).collect();
    deliveries.push(signed("/", b"\x9b2J\xff\x1b[2J\r"));
    deliveries.push(signed("/%1b%5b2J%9b%0d%0a%e2%80%ae?%1b", BODY.as_bytes()));
    deliveries.push(signed("/\u{9b}2J\u{202e}\u{2066}?\u{9b}\u{202e}", BODY.as_bytes()));
    // Header values may hold any byte above ASCII, in UTF-8 or not, and tabs.
    let mut odd = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n".to_vec();
    odd.extend(format!("Content-Length: {}\r\n", BODY.len()).bytes());
    odd.extend("X-Text: \u{9b}2J\t\u{202e}\u{2066}\u{85}\r\n".bytes());
    odd.extend_from_slice(
        b"X-Bytes: \x9b2J\xff\r\nX-Chatzuri-Signature: \xc2\x9b2J\xe2\x80\xae\r\n\r\n",
    );
    odd.extend_from_slice(BODY.as_bytes());
    deliveries.push(odd);
    let with_escape = format!("POST / HTTP/1.1\r\nHost: h\r\nX: {STEERING}\r\n\r\n");
    let others = vec![
        request("GET", "/\u{9b}2J\u{202e}%1b", &[], b""),
        request("|^_`~!#$%&'*+-.", "/", &[], b""),
        with_escape.into_bytes(),
        b"POST /\x1b[2J HTTP/1.1\r\nHost: h\r\n\r\n".to_vec(),
        b"\x1b[2J\x1b]0;owned\x07\r\n\r\n".to_vec(),
    ];
    Steering { deliveries, others }
}

fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

/// The raw output matters here, carriage returns included, so it goes to a file.
#[cfg(unix)]
#[test]
fn no_text_output_contains_terminal_escapes() {
    let sent = steering();
    let count = (sent.deliveries.len() + 1).to_string();
    let out = tempfile::NamedTempFile::new().unwrap();
    let plain =
        hook(["listen", "--port", "0", "-v", "--secret", SECRET, "--count", &count]).command();
    let mut redirected = std::process::Command::new("sh");
    redirected.args(["-c", r#"exec "$0" "$@" >"$OUT""#]);
    redirected.arg(plain.get_program()).args(plain.get_args());
    redirected.env("OUT", out.path());
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => redirected.env(name, value),
            None => redirected.env_remove(name),
        };
    }
    let listening = Listening::spawn(redirected);
    for bytes in sent.others.iter().chain(&sent.deliveries) {
        assert_ne!(listening.exchange(bytes), "", "{:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(status(&listening.post(&[SIGNED], BODY.as_bytes())), 200);
    let (code, _, stderr) = listening.end();
    assert_eq!(code, Some(0), "{stderr}");

    let shown = std::fs::read(out.path()).unwrap();
    let shown = String::from_utf8(shown).expect("what is shown is UTF-8");
    for text in [&shown, &stderr] {
        let bad = text.lines().find(|line| line.contains(steers));
        assert_eq!(bad, None, "in\n{}", text.escape_debug());
        // `lines` ignores a carriage return before a line feed.
        assert!(!text.contains('\r'));
    }
    assert!(!shown.lines().any(|line| line.starts_with("#99")), "{shown}");
    let headlines = shown.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(headlines.to_string(), count, "{shown}");
    assert!(shown.contains("signature valid"), "{shown}");
    // It was shown escaped: all four fields of the request, and the parts of the body.
    for escaped in
        [r"\u{1b}[2J", r"\u001b[2J", r"\u{9b}2J", r"\u009b2J", r"\u{202e}", r"\u202e", r"\x9b2J"]
    {
        assert!(shown.contains(escaped), "no {escaped} in\n{shown}");
    }
}

#[test]
fn json_lines_are_safe_for_a_terminal_and_lossless() {
    let sent = steering();
    let listening = listen([]);
    for bytes in &sent.others {
        assert_ne!(listening.exchange(bytes), "");
    }
    let mut lines = Vec::new();
    for bytes in &sent.deliveries {
        assert_ne!(listening.exchange(bytes), "");
        loop {
            let text = listening.line();
            assert!(!text.contains(steers), "{}", text.escape_debug());
            assert!(!text.contains('\r'));
            let line: Value = serde_json::from_str(&text).unwrap();
            let is_delivery = line["type"] == "delivery";
            lines.push(line);
            if is_delivery {
                break;
            }
        }
    }
    let of = |kind| lines.iter().filter(|l| l["type"] == kind).collect::<Vec<_>>();
    let turned = of("turned_away");
    assert_eq!(turned.len(), sent.others.len());
    assert_eq!(turned[0]["target"], "/\u{9b}2J\u{202e}%1b");

    let lines = of("delivery");
    for (bytes, line) in sent.deliveries.iter().zip(&lines) {
        let at = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let body = &bytes[at + 4..];
        match line["body"].as_str() {
            Some(text) => assert_eq!(text.as_bytes(), body),
            None => {
                assert_eq!(STANDARD.decode(line["body_base64"].as_str().unwrap()).unwrap(), body)
            }
        }
    }
    assert_eq!(lines[0]["event"], STEERING);
    assert_eq!(lines[1]["channel"], STEERING);
    assert_eq!(lines[8]["target"], "/%1b%5b2J%9b%0d%0a%e2%80%ae?%1b");
    assert_eq!(lines[9]["target"], "/\u{9b}2J\u{202e}\u{2066}?\u{9b}\u{202e}");
    let headers = &lines[10]["headers"];
    assert_eq!(headers[3], json!(["X-Text", "\u{9b}2J\t\u{202e}\u{2066}\u{85}"]));
    assert_eq!(headers[4], json!(["X-Bytes", {"base64": STANDARD.encode(b"\x9b2J\xff")}]));
    assert_eq!(headers[5][1], "\u{9b}2J\u{202e}");
    assert_eq!(lines[10]["signature"]["verdict"], "malformed");
    assert!(still_serves(&listening).is_empty());
}
