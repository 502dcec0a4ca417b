//! Whom to trust on the other side of TLS: the system's certificates, those of a file, or anybody.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::BuilderVerifierExt;

use crate::error::Error;

use super::Transport;

/// The TLS side of a transport.
///
/// # Errors
/// When there are no certificates to trust, or the given ones cannot be read.
pub fn config(transport: &Transport) -> Result<ClientConfig, Error> {
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
        let anybody = Arc::new(Anybody(provider));
        builder
            .dangerous()
            .with_custom_certificate_verifier(anybody)
    } else if let Some(pem) = &transport.cacert {
        builder.with_root_certificates(roots(pem)?)
    } else {
        builder.with_platform_verifier().map_err(unusable)?
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn roots(pem: &[u8]) -> Result<RootCertStore, Error> {
    let bad = |why: &str| {
        Error::usage(
            format!("the file given with --cacert {why}"),
            "give certificates in PEM form: -----BEGIN CERTIFICATE-----",
        )
    };
    let mut roots = RootCertStore::empty();
    for found in CertificateDer::pem_slice_iter(pem) {
        let unreadable = "holds something that is no certificate";
        let certificate = found.map_err(|_| bad(unreadable))?;
        roots.add(certificate).map_err(|_| bad(unreadable))?;
    }
    if roots.is_empty() {
        return Err(bad("holds no certificate"));
    }
    Ok(roots)
}

/// Trusts any certificate; signatures are still checked, so that the handshake is a real one.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
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
