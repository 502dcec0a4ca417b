//! Signing: the header that a provider would send with a body.

use super::format::Malformed;
use super::mac;
use super::scheme::Scheme;
use super::secret::Secret;
use crate::webhook::delivery::Headers;

/// The header value that `scheme` gives a body, with the headers beside it that the scheme also signs.
///
/// # Errors
/// When a header that is signed is not among `headers`.
pub fn signature(
    scheme: &Scheme,
    secret: &Secret,
    headers: &Headers,
    body: &[u8],
) -> Result<String, Malformed> {
    let parts = scheme.signed(headers, body)?;
    Ok(scheme.write(&mac::make(scheme.algorithm, secret, &parts)))
}
