//! What can be wrong, as data: each cause has a stable code, a sentence that says what happened and one that
//! says what to change.

/// One cause of a mismatch, as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The stable code, such as `body.trailing_newline`.
    pub code: &'static str,
    /// What stands for `{}` in the sentences: a path, a name, a length. Never a secret.
    pub detail: String,
}

impl Cause {
    /// A cause of which there is no more to say than its code.
    pub fn plain(code: &'static str) -> Self {
        Self::with(code, String::new())
    }

    /// A cause with a detail.
    pub fn with(code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// What happened, in a sentence.
    pub fn says(&self) -> String {
        self.fill(self.entry().map_or("", |entry| entry.says))
    }

    /// What to change, in a sentence.
    pub fn fix(&self) -> String {
        self.fill(self.entry().map_or("", |entry| entry.fix))
    }

    fn fill(&self, sentence: &str) -> String {
        sentence.replace("{}", &self.detail)
    }

    fn entry(&self) -> Option<&'static Entry> {
        entry(self.code)
    }
}

/// What is said of a cause.
#[derive(Debug)]
pub struct Entry {
    /// The stable code.
    pub code: &'static str,
    /// What happened; `{}` is the detail.
    pub says: &'static str,
    /// What to change; `{}` is the detail.
    pub fix: &'static str,
}

/// The entry of a code.
pub fn entry(code: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.code == code)
}

const fn row(code: &'static str, says: &'static str, fix: &'static str) -> Entry {
    Entry { code, says, fix }
}

const SAME_KEY: &str =
    "Give both sides the same characters, and pass them to the HMAC as they are, as UTF-8 bytes.";
const RAW: &str = "Sign and check the body's bytes exactly as they go over the wire.";
const EMPTY_BODY: &str = "The body was not there when it was hashed: read the raw body before anything \
    else consumes it (Express: `express.raw({type: 'application/json'})` on this route), and hash that.";
const FORM: &str = "Send the signature exactly as the scheme writes it.";

/// Every cause that can be found, family by family.
pub const TABLE: &[Entry] = &[
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
        "body.reserialized.node",
        "What was hashed is not the body as it is but what JavaScript writes after parsing it: JSON.stringify(JSON.parse(body)).",
        NODE,
    ),
    row(
        "body.reserialized.python",
        "What was hashed is not the body as it is but what Python's json.dumps writes after parsing it.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_compact",
        "What was hashed is not the body as it is but what Python's json.dumps(…, separators=(\",\", \":\")) writes after parsing it.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_utf8",
        "What was hashed is not the body as it is but what Python's json.dumps(…, ensure_ascii=False) writes after parsing it.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_sorted",
        "What was hashed is not the body as it is but what Python's json.dumps(…, sort_keys=True) writes after parsing it.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_repr",
        "What was hashed is the text of a Python dictionary, str(dict), which is not JSON.",
        PYTHON,
    ),
    row(
        "body.reserialized.orjson",
        "What was hashed is not the body as it is but what Python's orjson writes after parsing it.",
        PYTHON,
    ),
    row(
        "body.reserialized.php",
        "What was hashed is not the body as it is but what PHP's json_encode writes after parsing it.",
        PHP,
    ),
    row(
        "body.reserialized.php_unescaped_slashes",
        "What was hashed is not the body as it is but what PHP's json_encode with JSON_UNESCAPED_SLASHES writes after parsing it.",
        PHP,
    ),
    row(
        "body.reserialized.php_unescaped_unicode",
        "What was hashed is not the body as it is but what PHP's json_encode with JSON_UNESCAPED_UNICODE writes after parsing it.",
        PHP,
    ),
    row(
        "body.reserialized.ruby",
        "What was hashed is not the body as it is but what Ruby's JSON.generate writes after parsing it.",
        RUBY,
    ),
    row(
        "body.reserialized.rails",
        "What was hashed is not the body as it is but what Rails' to_json writes after parsing it.",
        "Rails: hash `request.raw_post`, not `params.to_json`. A Ruby sender: generate the JSON once, sign that string and send that string.",
    ),
    row(
        "body.reserialized.go_map",
        "What was hashed is not the body as it is but what Go's json.Marshal writes after decoding it.",
        GO,
    ),
    row(
        "body.reserialized.go_indent",
        "What was hashed is not the body as it is but what Go's json.MarshalIndent writes after decoding it.",
        GO,
    ),
    row(
        "body.reserialized.go_encoder",
        "What was hashed is not the body as it is but what Go's json.Encoder writes after decoding it.",
        GO,
    ),
    row(
        "body.reserialized.dotnet",
        "What was hashed is not the body as it is but what .NET's System.Text.Json writes after parsing it.",
        "ASP.NET: call `Request.EnableBuffering()`, read `Request.Body` as bytes and hash those, before model binding. \
         A .NET sender: serialise once, sign that string and send that string (`StringContent`, not `JsonContent`).",
    ),
    row(
        "body.reserialized.jackson",
        "What was hashed is not the body as it is but what Java's Jackson writes after parsing it.",
        "Spring: take `@RequestBody byte[] body` and hash that, before any ObjectMapper. A Java sender: write the JSON \
         once, sign those bytes and send those bytes.",
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
        "The signature is right but written in base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.base64url",
        "The signature is right but written in URL-safe base64 instead of {}.",
        FORM,
    ),
    row(
        "encoding.hex",
        "The signature is right but written in hexadecimal instead of {}.",
        FORM,
    ),
    row(
        "encoding.uppercase",
        "The signature is right but written in capitals.",
        "Write the hexadecimal digits in lower case: handlers compare them as text.",
    ),
    row(
        "prefix.extra",
        "The signature is right but has `{}` before it.",
        "Leave the prefix out.",
    ),
    row(
        "prefix.missing",
        "The signature is right but `{}` is missing before it.",
        "Put the prefix before the encoded signature.",
    ),
    row(
        "header.other_provider",
        "The signature is right for another scheme: {}.",
        "Check with that provider's scheme (--provider), or sign with this one's: the two documents differ.",
    ),
    row(
        "header.repeated",
        "The header is there {} times, and one of its values is right.",
        "Send the header once; handlers and proxies differ in which one they take.",
    ),
    row(
        "header.truncated",
        "The signature is right but cut off after {} characters.",
        "Look for a column, a log or a variable that is too short for the header's value.",
    ),
];

const NODE: &str = "Express: use `express.raw({type: 'application/json'})` on this route and hash `req.body`; Fastify and \
    Next.js: hash the raw text, not the parsed object. A Node sender: stringify once, sign that string and send that string.";
const PYTHON: &str = "Flask: hash `request.get_data()`; FastAPI: `await request.body()`; Django: `request.body`. A Python \
    sender: dump once, sign those bytes and send those bytes (`data=`, not `json=`).";
const PHP: &str = "PHP: hash `file_get_contents('php://input')` (Laravel: `$request->getContent()`), not a decoded and \
    encoded array. A PHP sender: encode once, sign that string and send that string.";
const RUBY: &str = "Rack: hash `request.body.read`; Rails: `request.raw_post`. A Ruby sender: generate the JSON once, sign \
    that string and send that string.";
const GO: &str = "Go: `body, err := io.ReadAll(r.Body)` and hash `body` before json.Unmarshal. A Go sender: marshal once, \
    sign those bytes and send those bytes.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_every_sentence_is_one() {
        for (i, one) in TABLE.iter().enumerate() {
            assert!(
                TABLE.iter().skip(i + 1).all(|other| other.code != one.code),
                "{}",
                one.code
            );
            let is_detail = one.says == "{}";
            assert!(is_detail || one.says.ends_with('.'), "{}", one.code);
            assert!(one.fix.ends_with('.'), "{}", one.code);
        }
    }
}
