//! The texts of the serializers' causes: which serializer wrote the parsed body again, and how to hash the raw bytes
//! in each language instead.

use super::table::{CauseText, row};

/// A cause for each serializer.
pub const RESERIALISED: &[CauseText] = &[
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
