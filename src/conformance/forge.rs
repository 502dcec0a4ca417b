//! Wrong signatures: what the header contains when a delivery has to be refused, one mistake each.

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::webhook::signature::format::{Encoding, Layout, SignatureFormat};
use crate::webhook::signature::key::SigningKey;
use crate::webhook::signature::scheme::Algorithm;
use crate::webhook::signature::sign::Signing;
use crate::webhook::signature::tamper::{Tamper, tamper};

use super::case::Forgery;

/// A wrongly signed delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forged {
    /// The values of the signature header, one header each.
    pub values: Vec<String>,
    /// The body to send.
    pub body: Bytes,
}

/// Signs a request wrongly. The error says, in a clause, why this forgery does not apply to the scheme.
pub fn forge(how: Forgery, signing: &Signing<'_>) -> Result<Forged, String> {
    let scheme = signing.scheme;
    let body = &signing.request().body;
    let tampered = |how: Tamper| {
        let tampered = tamper(how, signing)?;
        Ok::<_, String>(vec![tampered.signature.unwrap_or_default()])
    };
    let mac = signing.signature().map_err(|why| why.to_string())?;
    let good = signing.write(&mac);
    let SignatureFormat { encoding, layout } = &scheme.format;
    let prefix = layout.prefix();
    let is_list = matches!(layout, Layout::Items(_));
    let encoded = encoding.encode(&mac);
    let text = |text: &str| vec![signing.write_text(text)];
    let with_byte = |index: usize, flip: u8| {
        let mut other = mac.clone();
        if let Some(byte) = other.get_mut(index) {
            *byte ^= flip;
        }
        signing.write(&other)
    };
    let mut forged = Forged { values: Vec::new(), body: body.clone() };
    forged.values = match how {
        Forgery::None => Vec::new(),
        Forgery::Empty => vec![String::new()],
        Forgery::Secret => tampered(Tamper::Secret)?,
        Forgery::EmptyKey => vec![with_key(signing, b"", body)?],
        Forgery::BitOfSignature => vec![with_byte(0, 1)],
        Forgery::BitOfBody | Forgery::OtherBody if !scheme.covers_body() => {
            return Err("the signature does not cover the body".to_owned());
        }
        Forgery::BitOfBody => {
            forged.body = flip(body).ok_or("the body has no character to change")?;
            vec![good.clone()]
        }
        Forgery::Half => tampered(Tamper::Truncated)?,
        Forgery::OneCharacter => text(encoded.get(..1).unwrap_or_default()),
        Forgery::WrongTail => vec![with_byte(mac.len().saturating_sub(1), 0xff)],
        Forgery::OtherBody => {
            let other = [&body[..], b" "].concat();
            let other = signing.signature_of(&other).map_err(|why| why.to_string())?;
            vec![signing.write(&other)]
        }
        Forgery::Algorithm => tampered(Tamper::Algorithm)?,
        Forgery::Unkeyed => {
            let hash = scheme.algorithm.hmac().ok_or("the algorithm is no HMAC")?;
            let unkeyed = signing.with_parts(&signing.key, body, |parts| {
                hash.digest(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())
            });
            vec![signing.write(&unkeyed.map_err(|why| why.to_string())?)]
        }
        Forgery::PrefixAdded => match prefix {
            "" if is_list => return Err("the signature is in a list".to_owned()),
            "" => vec![format!("{}={encoded}", scheme.algorithm.hash_name())],
            _ => return Err(format!("the scheme has a prefix of its own, `{prefix}`")),
        },
        Forgery::PrefixMissing => match prefix {
            "" => return Err("the scheme has no prefix to leave out".to_owned()),
            _ => vec![encoded],
        },
        Forgery::PrefixOther if is_list => return Err("the signature is in a list".to_owned()),
        Forgery::PrefixOther => match prefix {
            "" if scheme.algorithm == Algorithm::HmacSha256 => vec![format!("sha1={encoded}")],
            "" | "sha1=" => vec![format!("sha256={encoded}")],
            _ => vec![format!("sha1={encoded}")],
        },
        Forgery::Alphabet => text(&match encoding {
            Encoding::Hex => "z".repeat(encoded.len()),
            Encoding::Base64 | Encoding::Base64Url => "*".repeat(encoded.len()),
            Encoding::Text => return Err("a token may be any text".to_owned()),
        }),
        Forgery::Long(length) => text(&"a".repeat(length)),
        Forgery::NonAscii => text(&"é".repeat(encoded.len() / 2)),
        Forgery::TwoWrongFirst => vec![with_byte(0, 1), good.clone()],
        Forgery::TwoRightFirst => vec![good.clone(), with_byte(0, 1)],
        Forgery::Longer => vec![format!("{good}zz")],
        Forgery::Encoding => {
            let other = match encoding {
                Encoding::Hex => Encoding::Base64,
                Encoding::Base64 | Encoding::Base64Url | Encoding::Text => Encoding::Hex,
            };
            text(&other.encode(&mac))
        }
        Forgery::Capitals => tampered(Tamper::Uppercase)?,
    };
    // A forgery that is genuine would prove the opposite.
    let is_genuine = forged.body == *body && forged.values == [good];
    match is_genuine {
        true => Err("this body's signature is the same when it is forged in this way".to_owned()),
        false => Ok(forged),
    }
}

/// The signature of a body with another key. The error says, in a clause, why there is none.
pub fn with_key(signing: &Signing<'_>, key: &[u8], body: &[u8]) -> Result<String, String> {
    let algorithm = signing.scheme.algorithm;
    let is_shared = algorithm.hmac().is_some() || algorithm == Algorithm::Sha256;
    if !is_shared {
        return Err("the signature is not made with a shared key".to_owned());
    }
    let key = SigningKey::Shared(Zeroizing::new(key.to_vec()));
    let signature = signing.signature_with(algorithm, &key, body);
    Ok(signing.write(&signature.map_err(|why| why.to_string())?))
}

/// Flips one bit of the last letter or digit before a closing quote: JSON stays JSON.
fn flip(body: &Bytes) -> Option<Bytes> {
    let before_quote =
        body.windows(2).rposition(|pair| matches!(pair, [c, b'"'] if c.is_ascii_alphanumeric()));
    let index = before_quote.or_else(|| body.len().checked_sub(1))?;
    let mut changed = body.to_vec();
    *changed.get_mut(index)? ^= 1;
    Some(changed.into())
}

#[cfg(test)]
mod tests {
    use crate::conformance::case::{Change, Expect, Step};
    use crate::conformance::cases;
    use crate::conformance::testing::{Judge, judges};
    use crate::webhook::provider::catalog::Catalog;

    /// The verifier of this tool accepts only what the scheme says: it refuses every forgery of every provider, and
    /// accepts the genuine delivery.
    #[test]
    fn no_forgery_is_genuine() {
        let catalog = Catalog::builtin();
        let (mut forged, mut inapplicable) = (0, Vec::new());
        for judge in judges(catalog) {
            let Judge { provider, builder, .. } = &judge;
            let genuine = builder.request(Change::Sample(0)).unwrap();
            assert!(judge.accepts(&genuine), "{}", provider.name);
            for case in cases::list(catalog, provider, false) {
                let Step::Send(
                    change @ Change::Forged(_),
                    Expect::Refused | Expect::RefusedOrClosed | Expect::PreferablyRefused,
                ) = case.step
                else {
                    continue;
                };
                match builder.request(change) {
                    Ok(request) => {
                        forged += 1;
                        assert!(!judge.accepts(&request), "{} {}", provider.name, case.id);
                    }
                    Err(why) => inapplicable.push((provider.name.as_str(), case.id, why)),
                }
            }
        }
        // Every provider that signs has most of them.
        let providers = judges(catalog).count();
        assert!(providers >= 60 && forged >= providers * 14, "{providers}: {forged}");
        for (provider, id, why) in inapplicable {
            assert!(!why.is_empty() && why.len() < 80, "{provider} {id}: {why}");
            assert!(
                !matches!(&*id, "refuse/no-signature" | "refuse/empty-signature"),
                "{provider}"
            );
        }
    }
}
