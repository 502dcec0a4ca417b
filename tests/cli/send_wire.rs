//! The bytes that `cz-hook send` puts on the wire, and its messages when the connection fails.

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::support::sockets::{answering, once, read_request, unreachable};
use crate::support::{SECRET, hook};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

#[test]
fn a_dry_run_prints_the_bytes_that_are_sent() {
    let (url, server) = answering([ANSWER]);
    let args = |dry: &[&str]| {
        let mut all = vec!["send", "lead.submit", "--secret", SECRET, "--url"];
        let url = format!("{url}a%20b?c=d&e");
        all.push(&url);
        all.extend(["-H", "X-A: 1", "-H", "Accept: text/plain", "-H", "x-b: ", "-H", "x-a: 2"]);
        all.extend(["--set", "payload.customerName=Zoë"]);
        all.extend(dry);
        hook(all)
    };
    let dry = args(&["--dry-run"]).run().exits(0);
    args(&[]).run().exits(0);
    let seen = server.join().unwrap().concat();
    assert_eq!(String::from_utf8_lossy(&seen), String::from_utf8_lossy(&dry.stdout));
}

#[test]
fn a_dry_run_needs_no_endpoint_and_verifies() {
    let ran = hook(["send", "message.received", "--channel", "web", "--dry-run"])
        .arg("--url")
        .arg("http://127.0.0.1:1/hook")
        .env("CZ_HOOK_SECRET", SECRET)
        .run()
        .exits(0);
    let verify = hook(["verify", "--secret", SECRET]).stdin(ran.stdout);
    verify.run().exits(0);
}

#[test]
fn without_an_endpoint_there_is_no_verdict() {
    let url = unreachable();
    let ran = hook(["send", "lead.submit", "--secret", SECRET, "--url", &url]).run().exits(3);
    assert!(ran.stderr.contains("start the endpoint, or check the port"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
}

#[test]
fn a_broken_connection_is_no_verdict() {
    for answer in [&b""[..], b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"what?\r\n\r\n"]
    {
        let (url, server) = answering([answer]);
        let ran = hook(["send", "lead.submit", "--secret", SECRET, "--url", &url]).run().exits(3);
        server.join().unwrap();
        assert!(ran.stderr.contains("failed:"), "{}", ran.stderr);
    }
}

#[test]
fn an_endpoint_that_never_responds_times_out() {
    let (url, server) = once(move |mut stream| {
        // Until the client closes the connection.
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
    });
    let args = ["send", "lead.submit", "--secret", SECRET, "--timeout", "1s", "--url", &url];
    let ran = hook(args).run().exits(3);
    server.join().unwrap();
    assert!(ran.stderr.contains("no response"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--timeout"), "{}", ran.stderr);
}

/// An HTTPS endpoint with a self-signed certificate.
fn serve_tls() -> (String, String, JoinHandle<()>) {
    serve_tls_as(rcgen::IsCa::NoCa)
}

fn serve_tls_as(is_ca: rcgen::IsCa) -> (String, String, JoinHandle<()>) {
    let mut params = for_localhost();
    params.is_ca = is_ca;
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = params.self_signed(&key).unwrap();
    serve_tls_with(&cert, &key)
}

fn for_localhost() -> rcgen::CertificateParams {
    rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap()
}

fn serve_tls_with(
    cert: &rcgen::Certificate,
    signing_key: &rcgen::KeyPair,
) -> (String, String, JoinHandle<()>) {
    let pem = cert.pem();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_no_client_auth()
    .with_single_cert(vec![cert.der().clone()], key)
    .unwrap();
    let (url, thread) = once(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        let mut first = [0];
        // A client that does not trust the certificate sends no request.
        if tls.read_exact(&mut first).is_ok() {
            read_request(&mut tls);
            tls.write_all(ANSWER).unwrap();
            tls.flush().unwrap();
        }
    });
    let url = url.replace("http://127.0.0.1", "https://localhost");
    (url, pem, thread)
}

#[test]
fn a_certificate_is_trusted_with_cacert_or_insecure() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ca.pem");
    let send = |url: &str, args: &[&str]| {
        let mut all = vec!["send", "lead.submit", "--secret", SECRET, "--url", url];
        all.extend(args);
        hook(all).run()
    };

    let (url, pem, server) = serve_tls();
    std::fs::write(&path, pem).unwrap();
    send(&url, &["--cacert", path.to_str().unwrap()]).exits(0);
    server.join().unwrap();

    // As `openssl req -x509` makes it: its own issuer.
    let any = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let (url, pem, server) = serve_tls_as(any);
    std::fs::write(&path, pem).unwrap();
    send(&url, &["--cacert", path.to_str().unwrap()]).exits(0);
    server.join().unwrap();
    // The name still has to match.
    let (url, pem, server) = serve_tls_as(rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    std::fs::write(&path, pem).unwrap();
    let url = url.replace("localhost", "127.0.0.1");
    let ran = send(&url, &["--cacert", path.to_str().unwrap()]).exits(3);
    assert!(ran.stderr.contains("use a host name"), "{}", ran.stderr);
    server.join().unwrap();

    // The certificate itself, and not who issued it.
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let name = &mut authority.distinguished_name;
    name.push(rcgen::DnType::CommonName, "an authority");
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let authority = rcgen::Issuer::from_params(&authority, &authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let cert = for_localhost().signed_by(&key, &authority).unwrap();
    let (url, pem, server) = serve_tls_with(&cert, &key);
    std::fs::write(&path, pem).unwrap();
    send(&url, &["--cacert", path.to_str().unwrap()]).exits(0);
    server.join().unwrap();
    // Its validity period still counts.
    let mut expired = for_localhost();
    expired.not_after = rcgen::date_time_ymd(2001, 1, 1);
    expired.not_before = rcgen::date_time_ymd(2000, 1, 1);
    let cert = expired.signed_by(&key, &authority).unwrap();
    let (url, pem, server) = serve_tls_with(&cert, &key);
    std::fs::write(&path, pem).unwrap();
    let ran = send(&url, &["--cacert", path.to_str().unwrap()]).exits(3);
    assert!(ran.stderr.contains("renew it"), "{}", ran.stderr);
    server.join().unwrap();

    let (url, _, server) = serve_tls();
    send(&url, &["--insecure"]).exits(0);
    server.join().unwrap();

    // The certificate of another endpoint.
    let (url, _, server) = serve_tls();
    let ran = send(&url, &["--cacert", path.to_str().unwrap()]).exits(3);
    assert!(ran.stderr.contains("--cacert FILE, or --insecure"), "{}", ran.stderr);
    server.join().unwrap();

    std::fs::write(&path, "no certificate").unwrap();
    let ran = send("https://localhost:1/", &["--cacert", path.to_str().unwrap()]).exits(2);
    assert!(ran.stderr.contains("contains no certificate"), "{}", ran.stderr);
}
