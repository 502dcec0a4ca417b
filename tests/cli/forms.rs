//! Providers that send forms: `--set` on a form, and JSON bodies, whose hash is in the signed URL.

use sha2::Digest;

use crate::support::endpoint::Endpoint;
use crate::support::{SECRET, hex, hook};

const PUBLIC: &str = "https://example.com/sms";

#[test]
fn a_field_of_a_form_is_set_and_signed() {
    let endpoint = Endpoint::accepting();
    let send = |args: &[&str]| {
        let send = ["send", "received", "--provider", "twilio", "--secret", SECRET];
        hook(send).args(["--public-url", PUBLIC, "--url", &endpoint.url("/sms")]).args(args).run()
    };
    let sample = include_str!("../../fixtures/twilio/received.form").trim_end();
    send(&["--set", "Body=Zoë & Co", "--set", "To=+1", "--add", "--set", "Extra=1"]).exits(0);
    let seen = endpoint.only();
    let expected = sample
        .replace("Body=Is+green+tea+back+in+stock%3F", "Body=Zo%C3%AB+%26+Co")
        .replace("To=%2B254700000001", "To=%2B1");
    assert_eq!(String::from_utf8_lossy(&seen.body), format!("{expected}&Extra=1"));
    let ran = send(&["--set", "Bdy=x"]).exits(2);
    assert!(ran.stderr.contains("did you mean `Body`?"), "{}", ran.stderr);
}

#[test]
fn a_form_in_a_capture_is_set_and_re_signed() {
    let endpoint = Endpoint::accepting();
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("in.http");
    let context = ["--secret", SECRET, "--public-url", PUBLIC];
    let sign = ["sign", "received", "--provider", "twilio", "--print", "request"];
    let signed = hook(sign).args(context).run().exits(0).stdout;
    std::fs::write(&capture, signed).unwrap();
    let replay = |args: &[&str]| {
        let ran = hook(["replay"]).arg(&capture).args(context).args(args);
        ran.args(["--url", &endpoint.url("/")]).run()
    };
    replay(&["--set", "Body=hi"]).exits(0);
    let seen = endpoint.only();
    let body = String::from_utf8_lossy(&seen.body).into_owned();
    assert!(body.contains("&Body=hi&"), "{body}");
    let signature = seen.header("x-twilio-signature").unwrap();
    let verify = ["verify", "-", "--provider", "twilio", "--signature", signature];
    hook(verify).args(context).stdin(body).run().exits(0);
    assert_eq!(replay(&["--set", "Boody=hi"]).code, Some(2));
}

#[test]
fn a_json_body_is_signed_by_its_hash_in_the_url() {
    let body = r#"{"a": 1}"#;
    let hash = hex(&sha2::Sha256::digest(body));
    for (public, signed_url) in [
        ("https://example.com/in", format!("https://example.com/in?bodySHA256={hash}")),
        ("https://example.com/in?b=1", format!("https://example.com/in?b=1&bodySHA256={hash}")),
    ] {
        let endpoint = Endpoint::accepting();
        let context = ["--provider", "twilio", "--secret", SECRET, "--public-url", public];
        let send = ["send", "--body", "-", "--url", &endpoint.url("/x")];
        hook(send).args(context).stdin(body).run().exits(0);
        let seen = endpoint.only();
        assert_eq!(seen.target, format!("/x?bodySHA256={hash}"));
        assert_eq!(seen.body, body.as_bytes());
        assert_eq!(seen.header("content-type"), Some("application/json"));
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n\
             X-Twilio-Signature: {}\r\nContent-Length: {}\r\n\r\n{body}",
            seen.target,
            seen.header("x-twilio-signature").unwrap(),
            body.len(),
        );
        // With the URL as it was set at the provider, and with the one that was signed.
        let verify = |url: &str, request: &str| {
            let verify = ["verify", "-", "--provider", "twilio", "--secret", SECRET];
            hook(verify).args(["--public-url", url]).stdin(request).run().code
        };
        assert_eq!(verify(public, &request), Some(0));
        assert_eq!(verify(&signed_url, &request), Some(0));
        assert_eq!(verify(public, &request.replace("\"a\": 1", "\"a\": 2")), Some(1));
        assert_eq!(verify("https://example.com/other", &request), Some(1));
    }
}
