//! The texts of all causes but the serializers': secrets, bodies, schemes and headers that differ.

/// What is said of a cause.
#[derive(Debug)]
pub struct CauseText {
    /// The stable code.
    pub code: &'static str,
    /// What happened; `{}` is the detail.
    pub says: &'static str,
    /// What to change; `{}` is the detail.
    pub fix: &'static str,
}

pub(super) const fn row(code: &'static str, says: &'static str, fix: &'static str) -> CauseText {
    CauseText { code, says, fix }
}

const SAME_KEY: &str =
    "Give both sides the same characters, and pass them to the HMAC unchanged, as UTF-8 bytes.";
const RAW: &str = "Sign and verify exactly the bytes that go over the network.";
const EMPTY_BODY: &str = "The body was not available when it was hashed. Read the raw body before other \
    code consumes it (Express: `express.raw({type: 'application/json'})` on this route), and hash it.";
const FORM: &str = "Write the signature exactly as the scheme specifies.";

/// Every cause but the serializers'.
pub const OTHER: &[CauseText] = &[
    row(
        "secret.trailing_newline",
        "The key was the secret {}.",
        "Store the secret without a newline (`printf %s`, not `echo`), or trim it when you load it.",
    ),
    row(
        "secret.surrounding_space",
        "The key was the secret {}.",
        "Trim the secret when you load it, in the sender and in the receiver.",
    ),
    row(
        "secret.quoted",
        "The key was the secret {}.",
        "Remove the quotes from the environment file or setting that holds the secret. They became part of the key.",
    ),
    row(
        "secret.base64_decoded",
        "The key was the secret decoded from base64.",
        "Do the same on both sides: use the secret's characters as the key, or decode the secret from base64.",
    ),
    row(
        "secret.hex_decoded",
        "The key was the secret decoded from hexadecimal.",
        "Do the same on both sides: use the secret's characters as the key, or decode the secret from hexadecimal.",
    ),
    row(
        "secret.prefix_stripped",
        "The key was the secret {}.",
        SAME_KEY,
    ),
    row(
        "secret.url_decoded",
        "The key was the secret {}.",
        "Do not pass the secret through a URL decoder or encoder. `%`, `+` and `/` are part of it.",
    ),
    row(
        "secret.empty",
        "The key was {}. The secret was not set where the signature was computed.",
        "Set the variable in the environment that signs, and do not start without it.",
    ),
    row(
        "secret.other",
        "The key was another known secret, the one from {}.",
        "Use the same secret on both sides. After a rotation, accept the old and the new secret for a while.",
    ),
    row(
        "body.trailing_newline",
        "The body was hashed {}.",
        "Keep the body unchanged. An editor, `echo` or a template adds a final newline, and a trim removes it.",
    ),
    row(
        "body.crlf",
        "The body was hashed with {}.",
        "Keep the line endings unchanged: use no text mode, no `autocrlf` and no editor between the network and the hash.",
    ),
    row(
        "body.bom",
        "The body was hashed {} a byte order mark.",
        "Keep the byte order mark in what you hash, or better, send JSON without one.",
    ),
    row(
        "body.trimmed",
        "The body was hashed without the white space around it.",
        "Hash the raw body. Do not trim it.",
    ),
    row(
        "body.empty",
        "An empty string was hashed instead of the body.",
        EMPTY_BODY,
    ),
    row(
        "body.empty_object",
        "The text `{}` was hashed instead of the body.",
        "A body parser found no JSON and returned an empty object: the content type did not match, or the body had \
         already been read. Read the raw body (Express: `express.raw({type: 'application/json'})` on this route) and hash it.",
    ),
    row(
        "body.object_object",
        "The text `[object Object]` was hashed: an object was used where a string is expected.",
        "Hash the raw body, not the parsed object (Express: `express.raw({type: 'application/json'})` on this route, \
         then hash `req.body`).",
    ),
    row(
        "body.latin1",
        "The body was hashed after it was {}.",
        "Hash the raw bytes. If you have to convert text to bytes, use UTF-8.",
    ),
    row(
        "body.replacement_char",
        "The body is not valid UTF-8. It was hashed with U+FFFD in place of the invalid bytes.",
        "Hash the raw bytes. Decoding them as text first loses what is not UTF-8.",
    ),
    row(
        "body.gzip",
        "The body is compressed, but its decompressed content was hashed.",
        "Do the same on both sides: sign and verify the compressed bytes, or sign and verify the decompressed content.",
    ),
    row(
        "body.form_encoded",
        "The hash was computed over {}.",
        "Send and hash the same format: JSON as application/json, and the raw body on both sides.",
    ),
    row(
        "body.truncated",
        "Only the first {} bytes of the body were hashed.",
        "Read the whole body before you hash it. A buffer or a size limit cut it off.",
    ),
    row(
        "body.subtree",
        "Only the part of the body at {} was hashed.",
        "Hash the whole raw body, including its envelope.",
    ),
    row(
        "body.pretty",
        "The body was parsed and re-serialized with line breaks and indentation before it was hashed.",
        RAW,
    ),
    row(
        "body.minified",
        "The body was hashed without the white space between its values.",
        RAW,
    ),
    row(
        "scheme.algorithm",
        "The signature was computed with {} instead of the scheme's hash function.",
        "Use the hash function of the provider's scheme on both sides.",
    ),
    row(
        "scheme.plain_hash",
        "The signature is a plain hash of {}, not an HMAC.",
        "Compute an HMAC with the secret as its key (Node: crypto.createHmac, Python: hmac.new, PHP: hash_hmac), \
         not a plain hash.",
    ),
    row(
        "scheme.swapped",
        "Key and message are swapped: the body was the key, and the secret was the message.",
        "Swap the arguments: the secret is the key, and the body is the message.",
    ),
    row(
        "scheme.timestamp",
        "{}",
        "Sign exactly what the provider's scheme signs.",
    ),
    row(
        "scheme.double_hex",
        "The hash was applied twice: {}.",
        "Hash the raw body once. Where a digest is processed further, use its bytes, not their hexadecimal text.",
    ),
    row(
        "encoding.base64",
        "The signature is written in base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.base64url",
        "The signature is written in URL-safe base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.hex",
        "The signature is written in hexadecimal instead of {}.",
        FORM,
    ),
    row(
        "encoding.uppercase",
        "The signature is written in uppercase.",
        "Write the hexadecimal digits in lowercase. Handlers compare them as text.",
    ),
    row(
        "prefix.extra",
        "The signature has the prefix `{}`, but the scheme has no prefix.",
        "Remove the prefix.",
    ),
    row(
        "prefix.missing",
        "The signature does not have the prefix `{}`.",
        "Write the prefix before the encoded signature.",
    ),
    row(
        "prefix.other",
        "The signature has {}.",
        "Write exactly the scheme's prefix before the encoded signature.",
    ),
    row(
        "header.other_provider",
        "The signature belongs to another scheme: {}.",
        "Verify with that provider's scheme (--provider), or sign with this provider's scheme. The two documents differ.",
    ),
    row(
        "header.renamed",
        "The signature came in the header {}.",
        "Send the signature in the scheme's header, or find the proxy, gateway or framework that renames the header.",
    ),
    row(
        "header.list",
        "The header holds a list, and the signature is its item `{}`.",
        "Send only the signature in the header, exactly as the scheme specifies.",
    ),
    row(
        "header.timestamp",
        "The time of signing is unknown: the header {}.",
        "Send the time of signing in that header, as whole seconds since 1970, and sign exactly what is sent.",
    ),
    row(
        "header.repeated",
        "The request has the header {} times, and one of the values matches.",
        "Send the header once. Handlers and proxies differ in which one they use.",
    ),
    row(
        "header.truncated",
        "The signature is cut off after {} characters.",
        "Look for a database column, a log or a variable that is too short for the header's value.",
    ),
];
