//! Requests, and the commands that are written of them.

use bytes::Bytes;

use super::*;

fn exact_text(delivery: &Delivery) -> String {
    String::from_utf8(exact(delivery)).unwrap()
}

#[test]
fn a_command_says_only_what_curl_would_not() {
    let mut delivery = Delivery::post("/hook?a=b", Bytes::from_static(b"{\"it's\":1}"));
    for (name, value) in [
        ("Host", "localhost:3000"),
        ("X-A", "1"),
        ("User-Agent", "x"),
        ("accept", "*/*"),
        ("content-type", "application/json"),
        ("X-Empty", ""),
    ] {
        delivery.headers.push(name, value);
    }
    let command = "curl -X 'POST' 'http://localhost:3000/hook?a=b' \\
  -H 'X-A: 1' \\
  -H 'User-Agent: x' \\
  -H 'accept: */*' \\
  -H 'content-type: application/json' \\
  -H 'X-Empty;' \\
  --data-raw '{\"it'\\''s\":1}'
";
    assert_eq!(exact_text(&delivery), command);
    assert_eq!(only(command), delivery);
}

#[test]
fn what_curl_would_add_is_suppressed_and_what_it_would_change_is_given() {
    let mut delivery = Delivery::post("/a/../[b]", vec![0xff; 2000].into());
    delivery.headers.push("content-length", "2000");
    delivery.headers.push("host", "h:80");
    let command = exact_text(&delivery);
    let (_, options) = command.split_once(" | ").unwrap();
    assert_eq!(
        options,
        "curl -X 'POST' 'http://h:80/' \\
  --request-target '/a/../[b]' \\
  -H 'content-length: 2000' \\
  -H 'host: h:80' \\
  -H 'User-Agent:' \\
  -H 'Accept:' \\
  -H 'Content-Type:' \\
  -H 'Expect:' \\
  --data-binary @-
"
    );
    assert_eq!(only(&command), delivery);
    let mut bare = Delivery::post("/", Bytes::new());
    bare.method = "HEAD".to_owned();
    let command =
        "curl -I 'http://localhost/' \\\n  -H 'Host:' \\\n  -H 'User-Agent:' \\\n  -H 'Accept:'\n";
    assert_eq!(exact_text(&bare), command);
    assert_eq!(only(command), bare);
}
