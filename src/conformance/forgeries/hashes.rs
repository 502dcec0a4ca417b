//! Hashes of the body that need no key, in the place of the signature or in other headers: a checksum protects against
//! errors, not against forgery.

use data_encoding::{BASE64, HEXLOWER};

use super::super::case::Forgery;
use super::super::request_builder::RequestBuilder;
use super::Candidate;
use crate::webhook::signature::mac::Hash;

/// The hash functions that handlers use.
const HASHES: [Hash; 4] = [Hash::Md5, Hash::Sha1, Hash::Sha256, Hash::Sha512];

/// How a hash is written.
#[derive(Clone, Copy)]
enum Form {
    /// As the provider writes its signatures.
    Own,
    Hex,
    Base64,
    /// In hexadecimal, after its name.
    Named,
}

/// Deliveries with such hashes. The error says, in a clause, why there are none.
pub fn all(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    if !scheme.covers_body() {
        return Err("the signature does not cover the body".to_owned());
    }
    let body = builder.sample_body(0);
    let mut seen = Vec::new();
    let mut all = Vec::new();
    for hash in HASHES {
        for form in [Form::Own, Form::Hex, Form::Named, Form::Base64] {
            let Ok(value) = value(builder, hash, form, &body) else {
                continue;
            };
            // A base64 of hexadecimal schemes is rare: that of one hash is enough.
            let is_rare = matches!(form, Form::Base64) && hash != Hash::Sha256;
            // A case of its own is about the provider's own hash.
            let is_own = matches!(form, Form::Own) && scheme.algorithm.hmac() == Some(hash);
            let is_known = seen.contains(&value) && !matches!(form, Form::Own);
            if is_rare || is_known {
                continue;
            }
            seen.push(value);
            if is_own {
                continue;
            }
            let what = format!("the {} of the body, without a key", hash.title());
            all.push(Candidate::new(what, Forgery::Secret, move |builder| {
                let signing = builder.sign(builder.sample_body(0))?;
                let body = signing.request().body.clone();
                let value = self::value(builder, hash, form, &body)?;
                let right = signing.signature().map_err(|why| why.to_string())?;
                match value == signing.write(&right) {
                    true => Err("this is the correct signature".to_owned()),
                    false => builder.placed(&signing, body, &[value]),
                }
            }));
        }
    }
    let names: Vec<_> = digests(&body).into_iter().map(|(name, _)| name).collect();
    all.push(Candidate::several(&names, beside));
    Ok(all)
}

/// A hash of the body in this form. The error says, in a clause, why there is none.
fn value(builder: &RequestBuilder, hash: Hash, form: Form, body: &[u8]) -> Result<String, String> {
    let digest = hash.digest(&[body]);
    let hex = HEXLOWER.encode(&digest);
    Ok(match form {
        Form::Own => builder.sign(body.to_vec().into())?.write(&digest),
        Form::Hex => hex,
        Form::Base64 => BASE64.encode(&digest),
        Form::Named => format!("{}={hex}", hash.name().to_ascii_lowercase()),
    })
}

/// A delivery without its signature, with checksums in these headers.
fn beside(names: Vec<&'static str>) -> Candidate {
    let what = match &names[..] {
        [only] => format!("a checksum of the body in the header {only}"),
        _ => "checksums of the body in headers".to_owned(),
    };
    Candidate::new(what, Forgery::None, move |builder| {
        let mut request = builder.forged(Forgery::None, builder.sample_body(0))?;
        for (name, value) in digests(&request.delivery.body) {
            if names.contains(&name) {
                request.delivery.headers.set(name, value);
            }
        }
        Ok(request)
    })
}

/// The headers that have a checksum of the body.
fn digests(body: &[u8]) -> Vec<(&'static str, String)> {
    let [md5, sha1, sha256] =
        [Hash::Md5, Hash::Sha1, Hash::Sha256].map(|hash| hash.digest(&[body]));
    vec![
        ("content-md5", BASE64.encode(&md5)),
        ("digest", format!("SHA-256={}", BASE64.encode(&sha256))),
        ("content-digest", format!("sha-256=:{}:", BASE64.encode(&sha256))),
        ("repr-digest", format!("sha-256=:{}:", BASE64.encode(&sha256))),
        ("x-content-md5", HEXLOWER.encode(&md5)),
        ("x-content-sha1", HEXLOWER.encode(&sha1)),
        ("x-content-sha256", HEXLOWER.encode(&sha256)),
        ("x-body-hash", HEXLOWER.encode(&sha256)),
        ("x-checksum", HEXLOWER.encode(&sha256)),
        ("x-digest", HEXLOWER.encode(&sha256)),
    ]
}
