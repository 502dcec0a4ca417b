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
use crate::read_limited;

use super::{Endpoint, Transport};

/// The TLS configuration for an endpoint; `None` for plain HTTP.
pub fn client_config(
    endpoint: &Endpoint,
    transport: &Transport,
) -> Result<Option<ClientConfig>, Error> {
    let read = |path: &PathBuf| {
        let name = format!("the certificate file {}", path.display());
        read_limited::setting(path, &name)
    };
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
    let trusted = match &cacert {
        Some(pem) if !transport.insecure => Some(Trusted::new(pem, &provider)?),
        _ => None,
    };
    let builder = if transport.insecure || trusted.is_some() {
        builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier { trusted, provider }))
    } else {
        builder.with_platform_verifier().map_err(unusable)?
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(config))
}

/// Whether the trusted certificates can be read.
///
/// # Errors
/// When they cannot, or when there are none.
pub fn check_certificates(transport: &Transport) -> Result<(), Error> {
    client_config(&Endpoint::parse("https://localhost")?, transport).map(drop)
}

/// Trusts the given certificates, or any. Signatures are always checked, so that the handshake is a real one.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Trusted>,
    provider: Arc<CryptoProvider>,
}

/// Accepts a certificate that one of the given certificates issued, or that is one of them: `openssl req -x509`
/// makes a self-signed CA certificate, which a verifier normally rejects as an endpoint's own.
#[derive(Debug)]
struct Trusted {
    certificates: Vec<CertificateDer<'static>>,
    issuers: Arc<WebPkiServerVerifier>,
}

impl Trusted {
    fn new(pem: &[u8], provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let bad = |why: &str| {
            Error::usage(
                format!("the file given with --cacert {why}"),
                "give certificates in PEM format: -----BEGIN CERTIFICATE-----",
            )
        };
        let unreadable = || bad("contains something that is not a certificate");
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = certificates.map_err(|_| unreadable())?;
        if certificates.is_empty() {
            return Err(bad("contains no certificate"));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|_| unreadable())?;
        }
        let provider = Arc::clone(provider);
        let issuers = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self { certificates, issuers: issuers.build().map_err(|_| unreadable())? })
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(Trusted { certificates, issuers }) = &self.trusted else {
            return Ok(ServerCertVerified::assertion());
        };
        match issuers.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            // Its dates are valid: the verifier checks them before this.
            Err(rustls::Error::InvalidCertificate(
                CertificateError::Other(_) | CertificateError::UnknownIssuer,
            )) if certificates.contains(certificate) => {
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
        let known = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
