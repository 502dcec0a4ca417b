//! Which certificates to trust: the system's, those of a file, or any.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::Error;

use super::{Endpoint, Transport};

/// The TLS configuration for an endpoint; `None` for plain HTTP.
///
/// # Errors
/// When there are no certificates to trust, or the given ones cannot be read.
pub fn client_config(
    endpoint: &Endpoint,
    transport: &Transport,
) -> Result<Option<ClientConfig>, Error> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|why| Error::reading(path, &why));
    let cacert = transport.cacert.as_ref().map(read).transpose()?;
    if !endpoint.is_tls() {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let unusable = |why: rustls::Error| {
        Error::io(
            format!("cannot set up TLS: {why}"),
            "check the system's certificates, or give --cacert",
        )
    };
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(unusable)?;
    let builder = if transport.insecure {
        let verifier = Arc::new(NoVerifier(provider));
        builder
            .dangerous()
            .with_custom_certificate_verifier(verifier)
    } else if let Some(pem) = &cacert {
        let verifier = PinnedVerifier::new(certificates(pem)?, provider)?;
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
    } else {
        builder.with_platform_verifier().map_err(unusable)?
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(config))
}

fn bad(why: &str) -> Error {
    Error::usage(
        format!("the file given with --cacert {why}"),
        "give certificates in PEM format: -----BEGIN CERTIFICATE-----",
    )
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err(bad("contains no certificate")),
        Ok(all) => Ok(all),
        Err(_) => Err(bad("contains something that is not a certificate")),
    }
}

/// Accepts a certificate that one of the given certificates issued, or that is one of them: `openssl req -x509`
/// makes a self-signed CA certificate, which a verifier normally rejects as an endpoint's own.
#[derive(Debug)]
struct PinnedVerifier {
    certificates: Vec<CertificateDer<'static>>,
    issuers: Arc<WebPkiServerVerifier>,
}

impl PinnedVerifier {
    fn new(
        certificates: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let unreadable = || bad("contains something that is not a certificate");
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|_| unreadable())?;
        }
        let issuers = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self {
            certificates,
            issuers: issuers.build().map_err(|_| unreadable())?,
        })
    }
}

impl ServerCertVerifier for PinnedVerifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verdict = self
            .issuers
            .verify_server_cert(certificate, intermediates, name, ocsp, now);
        match verdict {
            // Its dates are valid: the verifier checks them before this.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::Other(_) | CertificateError::UnknownIssuer,
            )) if self.certificates.iter().any(|given| given == certificate) => {
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verdict => verdict,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.issuers
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.issuers
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.issuers.supported_verify_schemes()
    }
}

/// Trusts any certificate; signatures are still checked, so that the handshake is a real one.
#[derive(Debug)]
struct NoVerifier(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerifier {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
