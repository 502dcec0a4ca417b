//! Keys: how the text of a secret becomes the key that signs or verifies. Only this module passes keys to algorithms.

use std::fmt;

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD, HEXLOWER_PERMISSIVE};
use pki_types::pem::PemObject;
use pki_types::{
    CertificateDer, PrivateKeyDer, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer,
};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    RsaKeyPair,
};
use serde::Deserialize;
use subtle::ConstantTimeEq;
use webpki::{EndEntityCert, RawPublicKeyEntity, ring as algorithms};
use zeroize::Zeroizing;

use super::Secret;
use super::mac::{Algorithm, Hash};

/// How the text of a secret becomes a key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyRule {
    /// How the key is written.
    pub form: KeyForm,
    /// The optional prefix, such as `whsec_`.
    pub prefix: String,
}

/// How a key is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyForm {
    /// The characters of the secret are the key.
    #[default]
    Raw,
    /// Base64.
    Base64,
    /// Hexadecimal.
    Hex,
    /// A public key: base64 of a SubjectPublicKeyInfo.
    Spki,
    /// A public key or a certificate in PEM.
    Pem,
}

/// A secret that is not a key of a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyError {
    /// Where the secret comes from.
    pub origin: String,
    /// What was expected, such as `base64 after whsec_`.
    pub expected: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the secret from {} is not a valid key: expected {}", self.origin, self.expected)
    }
}

/// A key that checks signatures.
pub(crate) enum VerifyingKey {
    /// The key of a MAC, or a token.
    Shared(Zeroizing<Vec<u8>>),
    /// The bytes of a public key.
    Public(Vec<u8>),
    /// A public key as a SubjectPublicKeyInfo.
    Spki(SubjectPublicKeyInfoDer<'static>),
}

/// A key that signs.
pub(crate) enum SigningKey {
    /// The key of a MAC, or a token.
    Shared(Zeroizing<Vec<u8>>),
    Ed25519(Ed25519KeyPair),
    Ecdsa(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl KeyRule {
    /// The key that checks signatures of an algorithm.
    ///
    /// # Errors
    /// When the secret is not in the rule's form.
    pub(crate) fn verifying(
        &self,
        algorithm: Algorithm,
        secret: &Secret,
    ) -> Result<VerifyingKey, KeyError> {
        if !algorithm.has_public_key() {
            return Ok(VerifyingKey::Shared(self.decoded(algorithm, secret)?));
        }
        if let Some(pair) = private(algorithm, secret.expose(), false) {
            return pair.verifying().ok_or_else(|| self.error(algorithm, secret));
        }
        let key = public(secret.expose()).map(VerifyingKey::Spki);
        let key = match key {
            Some(key) => Some(key),
            None => {
                let bytes = self.decoded(algorithm, secret)?;
                let is_raw = match algorithm {
                    Algorithm::Ed25519 => bytes.len() == 32,
                    Algorithm::EcdsaP256Sha256 => bytes.len() == 65 && bytes.first() == Some(&4),
                    _ => false,
                };
                match is_raw {
                    true => Some(VerifyingKey::Public(bytes.to_vec())),
                    false => spki(&bytes).map(VerifyingKey::Spki),
                }
            }
        };
        key.ok_or_else(|| self.error(algorithm, secret))
    }

    /// The key that signs with an algorithm.
    ///
    /// # Errors
    /// When the secret is not in the rule's form, or only a public key.
    pub(crate) fn signing(
        &self,
        algorithm: Algorithm,
        secret: &Secret,
    ) -> Result<SigningKey, KeyError> {
        if !algorithm.has_public_key() {
            return Ok(SigningKey::Shared(self.decoded(algorithm, secret)?));
        }
        private(algorithm, secret.expose(), true).ok_or_else(|| KeyError {
            origin: secret.origin().to_owned(),
            expected: match algorithm {
                Algorithm::Ed25519 => {
                    "the private key: PKCS #8 in PEM, or its 32 bytes in hexadecimal or base64"
                }
                _ => "the private key: PKCS #8 in PEM",
            }
            .to_owned(),
        })
    }

    /// The human-readable form.
    pub fn expected(&self, algorithm: Algorithm) -> String {
        let form = match (self.form, algorithm.has_public_key()) {
            (KeyForm::Raw, _) => "text".to_owned(),
            (KeyForm::Base64, false) => "base64".to_owned(),
            (KeyForm::Hex, false) => "hexadecimal".to_owned(),
            (KeyForm::Base64, true) => format!("an {algorithm} public key in base64"),
            (KeyForm::Hex, true) => format!("an {algorithm} public key in hexadecimal"),
            (KeyForm::Spki, _) => {
                format!("an {algorithm} public key (SubjectPublicKeyInfo in base64, or PEM)")
            }
            (KeyForm::Pem, _) => format!("an {algorithm} public key or certificate in PEM"),
        };
        match self.prefix.as_str() {
            "" => form,
            prefix => format!("{form}, usually after `{prefix}`"),
        }
    }

    fn decoded(
        &self,
        algorithm: Algorithm,
        secret: &Secret,
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let text = secret.expose();
        if self.form == KeyForm::Raw {
            return Ok(Zeroizing::new(text.to_vec()));
        }
        let text = text.trim_ascii();
        let text = text.strip_prefix(self.prefix.as_bytes()).unwrap_or(text);
        let bytes = match self.form {
            KeyForm::Hex => HEXLOWER_PERMISSIVE.decode(text).ok(),
            _ => base64(text),
        };
        let bytes = bytes.map(Zeroizing::new).filter(|bytes| !bytes.is_empty());
        bytes.ok_or_else(|| self.error(algorithm, secret))
    }

    fn error(&self, algorithm: Algorithm, secret: &Secret) -> KeyError {
        KeyError { origin: secret.origin().to_owned(), expected: self.expected(algorithm) }
    }
}

impl VerifyingKey {
    /// Whether `received` is the signature of `parts`, one after the other. Shared keys are compared in constant time.
    pub fn verifies(
        &self,
        algorithm: Algorithm,
        parts: &[impl AsRef<[u8]>],
        received: &[u8],
    ) -> bool {
        let whole = || parts.iter().flat_map(|part| part.as_ref()).copied().collect::<Vec<u8>>();
        let public: &dyn SignatureVerificationAlgorithm = match algorithm {
            Algorithm::Ed25519 => algorithms::ED25519,
            Algorithm::EcdsaP256Sha256 => algorithms::ECDSA_P256_SHA256,
            _ => algorithms::RSA_PKCS1_2048_8192_SHA256,
        };
        match self {
            Self::Shared(key) => match algorithm.hmac() {
                Some(hash) => {
                    let mut mac = hash.keyed(key);
                    parts.iter().for_each(|part| mac.update(part.as_ref()));
                    mac.is(received)
                }
                None => shared(algorithm, key, parts).ct_eq(received).into(),
            },
            Self::Public(key) => public.verify_signature(key, &whole(), received).is_ok(),
            Self::Spki(key) => RawPublicKeyEntity::try_from(key)
                .is_ok_and(|key| key.verify_signature(public, &whole(), received).is_ok()),
        }
    }

    /// The key's bytes, where they are signed.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(key) => key,
            Self::Public(_) | Self::Spki(_) => &[],
        }
    }
}

impl SigningKey {
    /// The signature of `parts`, one after the other.
    pub fn sign(&self, algorithm: Algorithm, parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
        let whole = || parts.iter().flat_map(|part| part.as_ref()).copied().collect::<Vec<u8>>();
        let random = SystemRandom::new();
        match self {
            Self::Shared(key) => shared(algorithm, key, parts),
            Self::Ed25519(pair) => pair.sign(&whole()).as_ref().to_vec(),
            // The system has randomness, or nothing else would work either; nothing accepts an empty signature.
            Self::Ecdsa(pair) => pair
                .sign(&random, &whole())
                .map_or_else(|_| Vec::new(), |signature| signature.as_ref().to_vec()),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                match pair.sign(&RSA_PKCS1_SHA256, &random, &whole(), &mut signature) {
                    Ok(()) => signature,
                    Err(_) => Vec::new(),
                }
            }
        }
    }

    /// Another key of this kind, to make a wrong signature; `None` when that is impossible.
    pub fn other(&self) -> Option<Self> {
        match self {
            Self::Shared(key) => {
                Some(Self::Shared(Zeroizing::new([key, &b"-another"[..]].concat())))
            }
            Self::Ed25519(_) => {
                Ed25519KeyPair::from_seed_unchecked(&[7; 32]).ok().map(Self::Ed25519)
            }
            Self::Ecdsa(_) => {
                let random = SystemRandom::new();
                let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let pair = EcdsaKeyPair::generate_pkcs8(signing, &random).ok()?;
                EcdsaKeyPair::from_pkcs8(signing, pair.as_ref(), &random).ok().map(Self::Ecdsa)
            }
            Self::Rsa(_) => None,
        }
    }

    /// The key's bytes, where they are signed or sent.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(key) => key,
            Self::Ed25519(_) | Self::Ecdsa(_) | Self::Rsa(_) => &[],
        }
    }

    fn verifying(&self) -> Option<VerifyingKey> {
        let bytes = match self {
            Self::Shared(_) => return None,
            Self::Ed25519(pair) => pair.public_key().as_ref(),
            Self::Ecdsa(pair) => pair.public_key().as_ref(),
            Self::Rsa(pair) => pair.public_key().as_ref(),
        };
        Some(VerifyingKey::Public(bytes.to_vec()))
    }
}

/// A private key as text, made of these bytes or at random; `None` when none of the algorithm can be made.
pub(crate) fn throwaway_private(algorithm: Algorithm, seed: &[u8; 32]) -> Option<String> {
    match algorithm {
        Algorithm::Ed25519 => Some(format!("whsk_{}", BASE64.encode(seed))),
        Algorithm::EcdsaP256Sha256 => {
            let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
            let pair = EcdsaKeyPair::generate_pkcs8(signing, &SystemRandom::new()).ok()?;
            let text = BASE64.encode(pair.as_ref());
            Some(format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n"))
        }
        _ => None,
    }
}

/// The result of an algorithm without a public key for a key and parts.
fn shared(algorithm: Algorithm, key: &[u8], parts: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let parts: Vec<&[u8]> = parts.iter().map(AsRef::as_ref).collect();
    match algorithm {
        Algorithm::Token => key.to_vec(),
        _ => match algorithm.hmac() {
            Some(hash) => hash.keyed(key).mac(&parts),
            None => Hash::Sha256.digest(&parts),
        },
    }
}

/// A private key: PKCS #8 in PEM; for Ed25519 also its bytes. A text that may also be a public key counts as a
/// private key only for signing: anyone can sign with the bytes of a public key.
fn private(algorithm: Algorithm, text: &[u8], is_signing: bool) -> Option<SigningKey> {
    let random = SystemRandom::new();
    if let Ok(key) = PrivateKeyDer::from_pem_slice(text) {
        let der = key.secret_der();
        return match (algorithm, &key) {
            (Algorithm::Ed25519, PrivateKeyDer::Pkcs8(_)) => {
                Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).ok().map(SigningKey::Ed25519)
            }
            (Algorithm::EcdsaP256Sha256, PrivateKeyDer::Pkcs8(_)) => {
                let signing = &ECDSA_P256_SHA256_ASN1_SIGNING;
                EcdsaKeyPair::from_pkcs8(signing, der, &random).ok().map(SigningKey::Ecdsa)
            }
            (Algorithm::RsaSha256, PrivateKeyDer::Pkcs8(_)) => {
                RsaKeyPair::from_pkcs8(der).ok().map(|pair| SigningKey::Rsa(Box::new(pair)))
            }
            (Algorithm::RsaSha256, PrivateKeyDer::Pkcs1(_)) => {
                RsaKeyPair::from_der(der).ok().map(|pair| SigningKey::Rsa(Box::new(pair)))
            }
            _ => None,
        };
    }
    if algorithm != Algorithm::Ed25519 {
        return None;
    }
    let text = text.trim_ascii();
    let marked = text.strip_prefix(b"whsk_");
    let text = marked.unwrap_or(text);
    let bytes =
        HEXLOWER_PERMISSIVE.decode(text).ok().filter(|bytes| matches!(bytes.len(), 32 | 64));
    let bytes = Zeroizing::new(bytes.or_else(|| base64(text))?);
    let pair = match bytes.split_at_checked(32)? {
        (seed, []) if is_signing || marked.is_some() => Ed25519KeyPair::from_seed_unchecked(seed),
        (seed, public) => Ed25519KeyPair::from_seed_and_public_key(seed, public),
    };
    pair.ok().map(SigningKey::Ed25519)
}

/// A public key or a certificate in PEM.
fn public(text: &[u8]) -> Option<SubjectPublicKeyInfoDer<'static>> {
    if let Ok(key) = SubjectPublicKeyInfoDer::from_pem_slice(text) {
        return spki(&key);
    }
    let certificate = CertificateDer::from_pem_slice(text).ok()?;
    let certificate = EndEntityCert::try_from(&certificate).ok()?;
    Some(certificate.subject_public_key_info())
}

fn spki(der: &[u8]) -> Option<SubjectPublicKeyInfoDer<'static>> {
    let key = SubjectPublicKeyInfoDer::from(der.to_vec());
    RawPublicKeyEntity::try_from(&key).is_ok().then_some(key)
}

/// Base64 of either alphabet, with or without padding.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    [BASE64, BASE64_NOPAD, BASE64URL, BASE64URL_NOPAD]
        .iter()
        .find_map(|codec| codec.decode(text).ok())
}
