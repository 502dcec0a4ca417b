//! Deliveries with private values: what is replaced, and what stays byte for byte.

use bytes::Bytes;
use serde_json::{Value, json};

use super::*;
use crate::webhook::delivery::Delivery;

const KEY: &[u8] = &[7; 32];

fn redacted(delivery: &Delivery, rules: Rules) -> (Delivery, Report) {
    let mut redactor = Redactor::new(KEY, rules);
    let other = redactor.delivery(delivery, &[]);
    (other, redactor.take_report())
}

fn body(text: impl Into<Vec<u8>>) -> Vec<u8> {
    let body = Bytes::from(text.into());
    redacted(&Delivery::post("/", body), Rules::default()).0.body.to_vec()
}

/// Everything but letters and digits.
fn skeleton(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|b| if b.is_ascii_alphanumeric() { b'x' } else { *b }).collect()
}

#[test]
fn everything_but_the_characters_of_values_stays() {
    let text = "\u{feff}{ \"name\" :\t\"Zo\\u00EB \\\"Smith\\\" \\/ \\ud83d\\ude00 \\ud800\",\r\n \"n\": 1500.50 , \"n\":2e5,\"a\":[ true,null,-0,12 ]\n}\r\n \n";
    let other = body(text);
    assert_eq!(skeleton(&other), skeleton(text.as_bytes()));
    let other = String::from_utf8(other).unwrap();
    for kept in ["\\ud83d\\ude00 \\ud800", "0 , \"n\":", "e5,", "[ true,null,-0,12 ]"] {
        assert!(other.contains(kept), "{kept} is not in {other}");
    }
    for gone in ["Zo", "Smith", "1500", "\\u00EB"] {
        assert!(!other.contains(gone), "{gone} is in {other}");
    }
}

#[test]
fn bytes_that_are_not_text_stay_in_their_places() {
    let text = b"{\"name\":\"Jos\xe9 Mart\xednez\"}";
    let other = body(&text[..]);
    assert_eq!((other.len(), other[12], other[18]), (text.len(), 0xe9, 0xed));
    assert_eq!(skeleton(&other), skeleton(text));
    assert!(!other.windows(3).any(|part| part == b"Jos"));
    let binary = b"\x00\x01name\xff\xfe\x80Sarah";
    let other = body(&binary[..]);
    assert_eq!(other.len(), binary.len());
    assert!(!other.windows(5).any(|part| part == b"Sarah"));
}

#[test]
fn one_value_is_one_value_everywhere() {
    let text = r#"{"customerName":"Sarah Miller","email":"sarah@acme.com","note":"Call Sarah at sarah@acme.com",
        "inner":"{\"name\":\"Sarah\",\"id\":123456789}","id":123456789,"text":"123456789","url":"https://acme.com/sarah"}"#;
    let mut delivery =
        Delivery::post("/hooks/sarah?name=Sarah&x=1&mail=sarah%40acme.com", Bytes::from(text));
    delivery.headers.push("X-Customer", "sarah@acme.com");
    let (other, report) = redacted(&delivery, Rules::default());
    let value: Value = serde_json::from_slice(&other.body).unwrap();
    let email = value["email"].as_str().unwrap();
    let name = value["customerName"].as_str().unwrap().split(' ').next().unwrap();
    assert_ne!((email, name), ("sarah@acme.com", "Sarah"));
    assert!(email.starts_with(&name.to_lowercase()), "{email} {name}");
    assert!(
        value["note"].as_str().unwrap().ends_with(&format!("{name} ft {email}")[name.len() + 4..])
    );
    assert!(value["note"].as_str().unwrap().contains(name));
    let inner: Value = serde_json::from_str(value["inner"].as_str().unwrap()).unwrap();
    assert_eq!((&inner["name"], &inner["id"]), (&json!(name), &value["id"]));
    assert_eq!(value["id"].to_string(), value["text"]);
    assert!(value["url"].as_str().unwrap().contains(email.split_once('@').unwrap().1));
    assert_eq!(other.headers.get("x-customer"), Some(email.as_bytes()));
    let mail = email.replace('@', "%40");
    assert_eq!(other.target, format!("/hooks/sarah?name={name}&x=1&mail={mail}"));
    for (kind, count) in [(Kind::Email, 3), (Kind::Name, 3), (Kind::Url, 1), (Kind::Id, 2)] {
        assert_eq!(report.counts.get(&kind), Some(&count), "{kind:?} {report:?}");
    }
}

#[test]
fn the_user_decides_what_else_is_replaced_and_what_stays() {
    let text = r#"{"status":"open","at":"2024-05-06T07:08:09Z","plan":"Gold","data":{"name":"Sarah","n":7}}"#;
    let mut delivery = Delivery::post("/", Bytes::from(text));
    delivery.headers.push("X-Shop", "acme");
    let (plain, report) = redacted(&delivery, Rules::default());
    let plain: Value = serde_json::from_slice(&plain.body).unwrap();
    assert_eq!((&plain["status"], &plain["at"]), (&json!("open"), &json!("2024-05-06T07:08:09Z")));
    assert_eq!(report.remarks, ["/plan: it looks like a fixed word and stays"]);
    let rules = Rules {
        redact: vec!["/status".to_owned(), "/plan".to_owned()],
        keep: vec!["/data".to_owned()],
        headers: vec!["x-shop".to_owned()],
        ..Rules::default()
    };
    let (other, report) = redacted(&delivery, rules.clone());
    assert_eq!(other.headers.get("x-shop"), Some(&b"acme"[..]));
    let value: Value = serde_json::from_slice(&other.body).unwrap();
    assert_eq!(value["data"], json!({"name": "Sarah", "n": 7}));
    assert_ne!((&value["status"], &value["plan"]), (&json!("open"), &json!("Gold")));
    assert_eq!(report.remarks, [""; 0]);
    let rules = Rules { secrets: vec![Secret::new(b"Sarah".to_vec(), "test")], ..rules };
    let (other, _) = redacted(&delivery, rules);
    assert!(!String::from_utf8_lossy(&other.body).contains("Sarah"), "a secret is never kept");
}

#[test]
fn samples_have_one_fixed_time() {
    let body = json!({
        "type": "invoice.paid", "status": "open", "id": "in_1MtHbELkdIwHu7ix", "email": "sarah@acme.com",
        "customerName": "Sarah Miller", "phone": "+254712345678", "at": "2024-05-06T07:08:09.123Z",
        "created": 1715000000, "ms": "1715000000123", "amount": 12, "account": 987654321, "ok": true, "none": null,
        "url": "https://shop.acme.com/orders/12345?x=1", "token": "hunter2hunter2", "note": "Call Sarah tomorrow",
        "uuid": "7b0e4a4e-9a3c-4d2b-8a52-0d7c5f1f6a10", "users": {"jim@acme.com": 1}, "again": ["sarah@acme.com"],
        "link": "Call Sarah Miller at https://shop.acme.com/1", "handle": "sarah_miller", "debt": -1500.5, "big": 1.5e20,
        "born": {"birthday": "1985-03-12"},
    });
    let rules = Rules {
        events: vec!["/type".to_owned()],
        secrets: vec![Secret::new(b"hunter2hunter2".to_vec(), "test")],
        fixes_times: true,
        ..Rules::default()
    };
    let mut redactor = Redactor::new(KEY, rules);
    let other = redactor.sample(body.to_string().as_bytes()).unwrap();
    let shown = other.to_string();
    for private in [
        "sarah",
        "Sarah",
        "Miller",
        "254712345678",
        "2024",
        "1715",
        "987654321",
        "acme.com",
        "hunter2",
        "tomorrow",
        "7b0e4a4e",
        "1MtHbELkdIwHu7ix",
        "jim",
        "miller",
        "1500",
        "1985",
    ] {
        assert!(!shown.contains(private), "{private}: {shown}");
    }
    assert_eq!(other["type"], "invoice.paid");
    assert_eq!((&other["status"], &other["amount"]), (&json!("open"), &json!(12)));
    assert_eq!((&other["ok"], &other["none"]), (&json!(true), &Value::Null));
    assert_eq!(other["at"], "2026-01-31T12:00:00.000Z");
    assert_eq!(other["email"], other["again"][0]);
    assert_eq!(other["born"]["birthday"], "1990-01-01");
    assert!(other["id"].as_str().unwrap().starts_with("in_"));
    assert!(other["account"].is_u64() && other["created"] == TIME);
    assert_ne!(other["big"], body["big"]);
    let secret = Rules {
        secrets: vec![Secret::new(b"s3cret-word".to_vec(), "test")],
        events: vec!["/type".to_owned()],
        ..Rules::default()
    };
    let mut redactor = Redactor::new(KEY, secret);
    let text = br#"{"type":"s3cret-word","s3cret-word":{"status":"s3cret-word"}}"#;
    assert!(!redactor.sample(text).unwrap().to_string().contains("s3cret-word"));
    assert!(!redactor.sample_form(b"Status=s3cret-word&s3cret-word=1").contains("s3cret-word"));
}

#[test]
fn a_throw_away_secret_can_be_decoded_as_the_secret_can() {
    let redactor = Redactor::new(KEY, Rules::default());
    for text in [
        "it's a secret",
        "whsec_dGVzdHRlc3Q=",
        "00112233445566778899aabbccddeeff",
        " spaced\n",
        "\"quoted\"",
        "a%20b+c",
        "dGVzdA",
        "prefix-dGVzdA==",
    ] {
        let other = redactor.secret_like(&Secret::new(text.into(), "test"));
        let other = std::str::from_utf8(other.expose()).unwrap();
        assert_ne!(other, text);
        assert_eq!(other.len(), text.len());
        assert_eq!(secret::codings(other), secret::codings(text), "{text} {other}");
        let is_like =
            |(a, b): (char, char)| a.is_alphanumeric() == b.is_alphanumeric() || text.contains('%');
        assert!(text.chars().zip(other.chars()).all(is_like), "{text} {other}");
    }
}

/// A hostile body takes no time that grows with the square of its length, and no stack.
#[test]
fn deep_and_long_bodies_are_no_problem() {
    let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
    assert_eq!(body(deep.clone()), deep.into_bytes());
    let objects = format!("{}1{}", r#"{"key":"#.repeat(100_000), "}".repeat(100_000));
    assert_eq!(body(objects.clone()), objects.into_bytes());
    let quoted = format!("\"{}\"", "\\u0041".repeat(100_000));
    assert_eq!(body(quoted.clone()).len(), quoted.len());
    let keyed = format!("{{\"{}\":[{}1]}}", "k".repeat(100_000), "1,".repeat(100_000));
    assert_eq!(body(keyed.clone()).len(), keyed.len());
}

#[test]
fn the_given_secret_stays_nowhere() {
    for secret in ["1234567890", "abcd", "two words, three"] {
        let rules = Rules {
            secrets: vec![Secret::new(secret.as_bytes().to_vec(), "--secret")],
            ..Rules::default()
        };
        let redactor = Redactor::new(KEY, rules);
        for value in [secret.to_owned(), format!("t=1,v1={secret}")] {
            let other = redactor.signature_header("x-signature", value.as_bytes(), false);
            let other = String::from_utf8(other).unwrap();
            assert!(!other.contains(secret), "{secret} is in {other}");
        }
    }
}
