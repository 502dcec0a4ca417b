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
    "Give both sides the same characters, and pass them to the HMAC as they are, as UTF-8 bytes.";
const RAW: &str = "Sign and check the body's bytes exactly as they go over the wire.";
const EMPTY_BODY: &str = "The body was not there when it was hashed: read the raw body before anything \
    else consumes it (Express: `express.raw({type: 'application/json'})` on this route), and hash that.";
const FORM: &str = "Send the signature exactly as the scheme writes it.";

/// Every cause but the serializers'.
pub const OTHER: &[CauseText] = &[
    row(
        "secret.trailing_newline",
        "The key was the secret {}.",
        "Write and read the secret without a newline (`printf %s`, not `echo`), or trim it where it is loaded.",
    ),
    row(
        "secret.surrounding_space",
        "The key was the secret {}.",
        "Trim the secret where it is loaded, on both sides.",
    ),
    row(
        "secret.quoted",
        "The key was the secret {}.",
        "Remove the quotes from the environment file or setting that holds the secret: they became part of the key.",
    ),
    row(
        "secret.base64_decoded",
        "The key was the secret decoded from base64.",
        "Agree on one: use the secret's characters as the key, or decode it from base64 on both sides.",
    ),
    row(
        "secret.hex_decoded",
        "The key was the secret decoded from hexadecimal.",
        "Agree on one: use the secret's characters as the key, or decode it from hexadecimal on both sides.",
    ),
    row(
        "secret.prefix_stripped",
        "The key was the secret {}.",
        SAME_KEY,
    ),
    row(
        "secret.url_decoded",
        "The key was the secret {}.",
        "Do not pass the secret through a URL decoder or encoder: `%`, `+` and `/` are part of it.",
    ),
    row(
        "secret.empty",
        "The key was {}: the secret was not set where the signature was made.",
        "Set the variable in the environment that signs, and refuse to start without it.",
    ),
    row(
        "secret.other",
        "The key was another secret that is known here: the one from {}.",
        "Use the same secret on both sides; after a rotation, accept the old and the new one for a while.",
    ),
    row(
        "body.trailing_newline",
        "What was hashed is the body {}.",
        "Keep the body as it came: an editor, `echo` or a template adds a final newline and a trim takes it away.",
    ),
    row(
        "body.crlf",
        "What was hashed is the body with {}.",
        "Keep line ends as they came: no text mode, no `autocrlf`, no editor between the wire and the hash.",
    ),
    row(
        "body.bom",
        "What was hashed is the body {} a byte order mark.",
        "Keep the byte order mark as it came, or better: write JSON without one.",
    ),
    row(
        "body.trimmed",
        "What was hashed is the body without the white space around it.",
        "Hash the raw body: do not trim it.",
    ),
    row(
        "body.empty",
        "What was hashed is nothing at all.",
        EMPTY_BODY,
    ),
    row(
        "body.empty_object",
        "What was hashed is `{}`, not the body.",
        "A body parser saw no JSON (its content type did not fit, or the body had been read already) and gave an \
         empty object: read the raw body (Express: `express.raw({type: 'application/json'})` on this route) and hash that.",
    ),
    row(
        "body.object_object",
        "What was hashed is the text `[object Object]`: an object was put where a string belongs.",
        "Hash the raw body, not the parsed object (Express: `express.raw({type: 'application/json'})` on this route, \
         then hash `req.body`).",
    ),
    row(
        "body.latin1",
        "What was hashed is the body {}.",
        "Hash the raw bytes; where text has to be turned into bytes, use UTF-8.",
    ),
    row(
        "body.replacement_char",
        "The body is not valid UTF-8, and what was hashed has U+FFFD in place of the invalid bytes.",
        "Hash the raw bytes: to decode them as text first loses what is not UTF-8.",
    ),
    row(
        "body.gzip",
        "The body is compressed, and what was hashed is what it holds.",
        "Agree on one: sign the bytes that are sent, compressed, or check the signature after decompressing.",
    ),
    row(
        "body.form_encoded",
        "What was hashed is {}.",
        "Send and hash the same form: JSON as application/json, and the raw body on both sides.",
    ),
    row(
        "body.truncated",
        "What was hashed is only the first {} bytes of the body.",
        "Read the whole body before hashing it: a buffer or a size limit cut it off.",
    ),
    row(
        "body.subtree",
        "What was hashed is only the part of the body at {}.",
        "Hash the whole raw body, with its envelope.",
    ),
    row(
        "body.pretty",
        "The body was parsed and written again with line breaks and indentation.",
        RAW,
    ),
    row(
        "body.minified",
        "What was hashed is the body without the white space between its values.",
        RAW,
    ),
    row(
        "scheme.algorithm",
        "It was made with {} instead of the scheme's hash function.",
        "Use the hash function of the provider's scheme on both sides.",
    ),
    row(
        "scheme.plain_hash",
        "It is a plain hash of {}, not an HMAC: the hash function itself was used.",
        "Use the HMAC construction with the secret as its key (Node: crypto.createHmac, Python: hmac.new, PHP: hash_hmac), \
         not the bare hash.",
    ),
    row(
        "scheme.swapped",
        "Key and message are exchanged: the body was the key and the secret the message.",
        "Exchange the arguments: the secret is the key, the body is the message.",
    ),
    row(
        "scheme.timestamp",
        "{}",
        "Sign exactly what the provider's scheme signs.",
    ),
    row(
        "scheme.double_hex",
        "It was hashed twice: {}.",
        "Hash the raw body once, and take the digest's bytes, not their hexadecimal text, where a digest goes on.",
    ),
    row(
        "encoding.base64",
        "It is written in base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.base64url",
        "It is written in URL-safe base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.hex",
        "It is written in hexadecimal instead of {}.",
        FORM,
    ),
    row(
        "encoding.uppercase",
        "It is written in capitals.",
        "Write the hexadecimal digits in lower case: handlers compare them as text.",
    ),
    row(
        "prefix.extra",
        "It has `{}` before it.",
        "Leave the prefix out.",
    ),
    row(
        "prefix.missing",
        "`{}` is missing before it.",
        "Put the prefix before the encoded signature.",
    ),
    row(
        "prefix.other",
        "It has {}.",
        "Write the prefix that the scheme has, exactly as it stands there, before the encoded signature.",
    ),
    row(
        "header.other_provider",
        "It is the signature of another scheme: {}.",
        "Check with that provider's scheme (--provider), or sign with this one's: the two documents differ.",
    ),
    row(
        "header.renamed",
        "It came in the header {}.",
        "Send it in the header of the scheme, or look for what renames that on the way: a proxy, a gateway, a framework.",
    ),
    row(
        "header.list",
        "The header holds a list, and it is the list's `{}`.",
        "Send the signature alone in the header, as the scheme writes it.",
    ),
    row(
        "header.timestamp",
        "When it was signed cannot be told: the header {}.",
        "Send the time of signing in that header, as whole seconds since 1970, and sign exactly what is sent.",
    ),
    row(
        "header.repeated",
        "The header is there {} times, and one of its values fits.",
        "Send the header once; handlers and proxies differ in which one they take.",
    ),
    row(
        "header.truncated",
        "It is cut off after {} characters.",
        "Look for a column, a log or a variable that is too short for the header's value.",
    ),
];
