//! Unusual payloads reach programs unchanged and do not slow the listener down.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::{MIB, listen, still_serves};
use crate::support::listening::{Listening, request, status};
use crate::support::{BODY, signature};

/// A signed body is accepted whatever it contains. Returns its line, which has every byte of it.
#[track_caller]
fn taken(listening: &Listening, body: &[u8]) -> Value {
    let answer = listening.exchange(&signed("/", body));
    assert_eq!(status(&answer), 200, "{answer}");
    let line = listening.json_of("delivery");
    assert_eq!(line["signature"]["verdict"], "valid");
    match std::str::from_utf8(body) {
        Ok(text) => assert!(line["body"] == text, "the body came back changed"),
        Err(_) => {
            let read = STANDARD.decode(line["body_base64"].as_str().unwrap());
            assert!(read.unwrap() == body, "the body came back changed");
        }
    }
    line
}

pub fn signed(target: &str, body: &[u8]) -> Vec<u8> {
    request("POST", target, &[("x-chatzuri-signature", &signature(body))], body)
}

pub fn envelope(event: &str, payload: &Value) -> Value {
    json!({"eventType": event, "agentId": "agent_abc123", "payload": payload})
}

#[test]
fn a_body_that_is_not_utf_8_is_kept_byte_for_byte() {
    let listening = listen([]);
    let all_bytes: Vec<u8> = (0..=255).collect();
    let late = [BODY.as_bytes(), b"\xff"].concat();
    let lone_surrogate = b"{\"eventType\":\"\xed\xa0\x80\"}".to_vec();
    for body in [all_bytes, late, lone_surrogate, vec![0xff; 1000]] {
        let line = taken(&listening, &body);
        assert_eq!(line["validation"]["verdict"], "not_json");
        assert_eq!(line.get("body"), None);
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn an_empty_body_and_bodies_that_are_not_objects_are_deliveries() {
    let listening = listen([]);
    for (body, verdict) in [
        ("", "not_json"),
        (" ", "not_json"),
        ("\0", "not_json"),
        ("\u{feff}", "not_json"),
        ("null", "invalid"),
        ("[]", "invalid"),
        ("\"\"", "invalid"),
        ("1e999999", "invalid"),
        ("-0", "invalid"),
        ("{}", "invalid"),
        (r#"{"eventType":null,"agentId":[],"payload":0}"#, "invalid"),
        (r#"{"eventType":"lead.submit"} trailing"#, "not_json"),
        (r#"{"eventType":"\ud800"}"#, "unknown_event"),
    ] {
        let line = taken(&listening, body.as_bytes());
        assert_eq!(line["validation"]["verdict"], verdict, "{body:?}");
    }
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn json_of_any_depth_is_accepted() {
    const DEEP: usize = 100_000;
    let listening = listen([]);
    let arrays = ["[".repeat(DEEP), "]".repeat(DEEP)];
    let objects = [r#"{"a":"#.repeat(DEEP), format!("1{}", "}".repeat(DEEP))];
    for [open, close] in [arrays, objects] {
        for (body, verdict) in [(open.clone(), "not_json"), (open + &close, "invalid")] {
            let line = taken(&listening, body.as_bytes());
            assert_eq!(line["validation"]["verdict"], verdict);
        }
    }
    // As deep as the schema is checked, inside a documented event.
    let nested = (0..120).fold(json!(1), |inner, _| json!([inner]));
    let body = envelope("lead.submit", &nested).to_string();
    assert_eq!(taken(&listening, body.as_bytes())["event"], "lead.submit");
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn a_mebibyte_of_numbers_is_accepted() {
    let listening = listen([]);
    let mut body = format!("[{}", "1,".repeat(MIB / 2 - 1));
    body.pop();
    body.push(']');
    while body.len() < MIB {
        body.push(' ');
    }
    assert_eq!(taken(&listening, body.as_bytes())["validation"]["verdict"], "invalid");
    let digits = "9".repeat(MIB);
    taken(&listening, digits.as_bytes());
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn an_event_name_of_one_mebibyte_is_accepted() {
    let listening = listen([]);
    let length = MIB - envelope("", &json!({})).to_string().len();
    let name = "e".repeat(length);
    let body = envelope(&name, &json!({})).to_string();
    assert_eq!(body.len(), MIB);
    let line = taken(&listening, body.as_bytes());
    assert!(line["event"] == name, "the name came back changed");
    assert_eq!(line["validation"]["verdict"], "unknown_event");
    assert!(line["validation"].to_string().len() < 10_000, "the name is not told again");
    // The same for a key, a string and a channel.
    let long = "x".repeat(MIB - 200);
    for payload in [json!({&*long: 1}), json!({"customerName": long})] {
        let body = envelope("lead.submit", &payload).to_string();
        taken(&listening, body.as_bytes());
    }
    let body = json!({"eventType": "message.received", "agentId": "a", "channel": long});
    let line = taken(&listening, body.to_string().as_bytes());
    assert!(line["channel"] == long);
    assert!(still_serves(&listening).is_empty());
}

#[test]
fn ten_thousand_unknown_fields_are_accepted() {
    let listening = listen([]);
    let many: serde_json::Map<_, _> = (0..10_000).map(|n| (format!("f{n}"), json!(n))).collect();
    let mut body: Value = serde_json::from_str(BODY).unwrap();
    body["payload"].as_object_mut().unwrap().extend(many.clone());
    body.as_object_mut().unwrap().extend(many);
    let line = taken(&listening, body.to_string().as_bytes());
    assert_eq!(line["validation"]["verdict"], "valid", "a provider may add fields");
    // A repeated key.
    let again = format!("{{{}\"a\":1}}", "\"eventType\":\"lead.submit\",".repeat(10_000));
    taken(&listening, again.as_bytes());
    assert!(still_serves(&listening).is_empty());
}
