//! The texts of the serializers' causes: which serializer wrote the parsed body again, and how to hash the raw bytes
//! in each language instead.

use super::table::{CauseText, row};

/// A cause for each serializer.
pub const RESERIALISED: &[CauseText] = &[
    row(
        "body.reserialized.node",
        "The body was parsed and re-serialized in JavaScript before it was hashed: JSON.stringify(JSON.parse(body)).",
        NODE,
    ),
    row(
        "body.reserialized.python",
        "The body was parsed and re-serialized with Python's json.dumps before it was hashed.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_compact",
        "The body was parsed and re-serialized with Python's json.dumps(…, separators=(\",\", \":\")) before it was hashed.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_utf8",
        "The body was parsed and re-serialized with Python's json.dumps(…, ensure_ascii=False) before it was hashed.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_sorted",
        "The body was parsed and re-serialized with Python's json.dumps(…, sort_keys=True) before it was hashed.",
        PYTHON,
    ),
    row(
        "body.reserialized.python_repr",
        "The text of a Python dictionary, str(dict), was hashed. It is not JSON.",
        PYTHON,
    ),
    row(
        "body.reserialized.orjson",
        "The body was parsed and re-serialized with Python's orjson before it was hashed.",
        PYTHON,
    ),
    row(
        "body.reserialized.php",
        "The body was parsed and re-serialized with PHP's json_encode before it was hashed.",
        PHP,
    ),
    row(
        "body.reserialized.php_unescaped_slashes",
        "The body was parsed and re-serialized with PHP's json_encode with JSON_UNESCAPED_SLASHES before it was hashed.",
        PHP,
    ),
    row(
        "body.reserialized.php_unescaped_unicode",
        "The body was parsed and re-serialized with PHP's json_encode with JSON_UNESCAPED_UNICODE before it was hashed.",
        PHP,
    ),
    row(
        "body.reserialized.ruby",
        "The body was parsed and re-serialized with Ruby's JSON.generate before it was hashed.",
        RUBY,
    ),
    row(
        "body.reserialized.rails",
        "The body was parsed and re-serialized with Rails' to_json before it was hashed.",
        "Rails: hash `request.raw_post`, not `params.to_json`. A Ruby sender: generate the JSON once, sign that string and send that string.",
    ),
    row(
        "body.reserialized.go_map",
        "The body was decoded and re-serialized with Go's json.Marshal before it was hashed.",
        GO,
    ),
    row(
        "body.reserialized.go_indent",
        "The body was decoded and re-serialized with Go's json.MarshalIndent before it was hashed.",
        GO,
    ),
    row(
        "body.reserialized.go_encoder",
        "The body was decoded and re-serialized with Go's json.Encoder before it was hashed.",
        GO,
    ),
    row(
        "body.reserialized.dotnet",
        "The body was parsed and re-serialized with .NET's System.Text.Json before it was hashed.",
        "ASP.NET: call `Request.EnableBuffering()`, read `Request.Body` as bytes and hash those, before model binding. \
         A .NET sender: serialize once, sign that string and send that string (`StringContent`, not `JsonContent`).",
    ),
    row(
        "body.reserialized.jackson",
        "The body was parsed and re-serialized with Java's Jackson before it was hashed.",
        "Spring: take `@RequestBody byte[] body` and hash that, before any ObjectMapper. A Java sender: write the JSON \
         once, sign those bytes and send those bytes.",
    ),
];

const NODE: &str = "Express: use `express.raw({type: 'application/json'})` on this route and hash `req.body`. Fastify and \
    Next.js: hash the raw text, not the parsed object. A Node sender: stringify once, sign that string and send that string.";
const PYTHON: &str = "Flask: hash `request.get_data()`. FastAPI: hash `await request.body()`. Django: hash `request.body`. A Python \
    sender: dump once, sign those bytes and send those bytes (`data=`, not `json=`).";
const PHP: &str = "PHP: hash `file_get_contents('php://input')` (Laravel: `$request->getContent()`), not an array that was decoded \
    and encoded again. A PHP sender: encode once, sign that string and send that string.";
const RUBY: &str = "Rack: hash `request.body.read`. Rails: hash `request.raw_post`. A Ruby sender: generate the JSON once, sign \
    that string and send that string.";
const GO: &str = "Go: `body, err := io.ReadAll(r.Body)` and hash `body` before json.Unmarshal. A Go sender: marshal once, \
    sign those bytes and send those bytes.";
