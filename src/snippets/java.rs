//! Java 17 with its standard library, which has no JSON parser: a method checks the syntax.

use std::collections::BTreeSet;

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, mentions, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const JAVA: Dialect = Dialect {
    quoting: Quoting::Java,
    open: "    /** Whether the request is signed as `@provider@` signs: see the top. */
    private static boolean isGenuine(Headers headers, byte[] body) {
",
    list_name: "list",
    signed_name: "signed",
    // `Refusal` names what reads fields.
    parse: "",
    header: "        String @name@ = only(headers, @text@);
        if (@name@ == null) {
            return false;
        }
",
    field: "",
    empty: "",
    item: "        List<String> @name@s = itemsOf(list, @text@);
        if (@name@s.size() != 1) {
            return false;
        }
        String @name@ = @name@s.get(0);
",
    age: "        // An old request may be a replay. The age of what is not a time is NaN.
        double age = System.currentTimeMillis() / 1000.0 - seconds(@name@)@divisor@;
        if (!(Math.abs(age) <= @tolerance@)) {
            return false;
        }
",
    age_or_absent: "",
    milliseconds: " / 1000",
    form: "        byte[] form = formFields(body);
        if (form == null) {
            return false;
        }
",
    signed: "        byte[] signed = @bytes@;\n",
    piece,
    join: |pieces| match pieces {
        [one] => one.clone(),
        _ => format!("concat({})", pieces.join(", ")),
    },
    expected,
    equal: "        return isEqual(given, expected);\n",
    equal_any: "        return itemsOf(list, @text@).stream().anyMatch(given -> isEqual(given, expected));\n",
    verify: "        return isSigned(given, @bytes@);\n",
    verify_any: "        return itemsOf(list, @text@).stream().anyMatch(given -> isSigned(given, @bytes@));\n",
    close: "    }\n",
};

/// The imports of the rest of the file.
const IMPORTED: [&str; 8] = [
    "com.sun.net.httpserver.Headers",
    "com.sun.net.httpserver.HttpExchange",
    "com.sun.net.httpserver.HttpServer",
    "java.io.IOException",
    "java.net.InetSocketAddress",
    "java.nio.charset.StandardCharsets",
    "java.util.List",
    "java.util.concurrent.Executors",
];

/// The classes that the code may use.
const CLASSES: [&str; 24] = [
    "java.io.ByteArrayInputStream",
    "java.io.ByteArrayOutputStream",
    "java.net.URLDecoder",
    "java.security.GeneralSecurityException",
    "java.security.KeyFactory",
    "java.security.MessageDigest",
    "java.security.PublicKey",
    "java.security.Signature",
    "java.security.cert.CertificateFactory",
    "java.security.spec.X509EncodedKeySpec",
    "java.time.DateTimeException",
    "java.time.Instant",
    "java.util.Arrays",
    "java.util.Base64",
    "java.util.Comparator",
    "java.util.HexFormat",
    "java.util.ArrayList",
    "java.util.TreeSet",
    "java.util.regex.Matcher",
    "java.util.regex.Pattern",
    "java.util.stream.Stream",
    "java.util.zip.CRC32",
    "javax.crypto.Mac",
    "javax.crypto.spec.SecretKeySpec",
];

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(JAVA.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n");
    let parse = parse(plan.body);
    let uses = |class: &&&str| {
        mentions(&format!("{verify}{parse}"), class.rsplit('.').next().unwrap_or_default())
    };
    let used = CLASSES.iter().filter(uses).chain(&IMPORTED);
    let lines: BTreeSet<_> = used.map(|class| format!("import {class};\n")).collect();
    Code { imports: lines.into_iter().collect(), verify, parse, packages: Vec::new() }
}

/// The method that checks the body.
fn parse(body: BodyKind) -> String {
    let (first, name) = match body {
        BodyKind::Object => ("{", "object"),
        BodyKind::Array => ("[", "array"),
        BodyKind::Form => {
            return "    /** A form may have any fields. */
    private static boolean isEvent(String text) {
        return true;
    }
"
            .to_owned();
        }
    };
    fill(
        r#"    private static final Pattern TOKEN = Pattern.compile(
            "[ \\t\\r\\n]*+(?:([\\[\\]{},:\"])|-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|true|false|null)");
    private static final Pattern PIECE = Pattern.compile(
            "[^\"\\\\\\x00-\\x1f]++|\\\\(?:[\"\\\\/bfnrt]|u[0-9a-fA-F]{4})");

    /** Whether the text is a JSON @name@. The JDK has no JSON parser: replace this with that of your library. */
    private static boolean isEvent(String text) {
        Matcher token = TOKEN.matcher(text);
        Matcher piece = PIECE.matcher(text);
        // The ends of what is open, and what may come next: `k` for a key, `v` for a number or a word.
        var open = new StringBuilder();
        String next = "@first@";
        int at = 0;
        while (token.region(at, text.length()).lookingAt()) {
            at = token.end();
            char kind = token.group(1) == null ? 'v' : token.group(1).charAt(0);
            if (kind == '"') {
                while (piece.region(at, text.length()).lookingAt()) {
                    at = piece.end();
                }
                if (at == text.length() || text.charAt(at++) != '"') {
                    return false;
                }
                kind = next.contains("k") ? 'k' : kind;
            }
            if (next.indexOf(kind) < 0) {
                return false;
            }
            if (kind == '{' || kind == '[') {
                open.append(kind == '{' ? '}' : ']');
            } else if (kind == '}' || kind == ']') {
                open.setLength(open.length() - 1);
            }
            String end = open.isEmpty() ? "" : open.substring(open.length() - 1);
            next = switch (kind) {
                case '{' -> "k}";
                case '[' -> "{[\"v]";
                case 'k' -> ":";
                case ':' -> "{[\"v";
                case ',' -> end.equals("}") ? "k" : "{[\"v";
                default -> end.isEmpty() ? "" : "," + end;
            };
        }
        return at > 0 && open.isEmpty()
                && text.substring(at).chars().allMatch(c -> " \t\r\n".indexOf(c) >= 0);
    }
"#,
        &[("first", first), ("name", name)],
    )
}

fn bytes(text: &str) -> String {
    format!("{}.getBytes(StandardCharsets.UTF_8)", quote(text, Quoting::Java))
}

fn piece(piece: &Piece, _: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) => bytes(text),
        // HTTP gives each byte of a header as one character.
        Piece::Variable(name) => format!("{name}.getBytes(StandardCharsets.ISO_8859_1)"),
        Piece::Setting(name) => format!("{}.getBytes(StandardCharsets.UTF_8)", name),
        Piece::Field(_) => String::new(),
        Piece::Form => "form".to_owned(),
        Piece::Secret => "KEY".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "crc32(body)".to_owned(),
        Piece::Hash(BodyHash::Sha256) => {
            "HexFormat.of().formatHex(sha256(body)).getBytes(StandardCharsets.UTF_8)".to_owned()
        }
    }
}

fn encode(plan: &Plan<'_>, bytes: &str) -> String {
    match plan.encoding {
        Encoding::Hex => format!("HexFormat.of().formatHex({bytes})"),
        Encoding::Base64 => format!("Base64.getEncoder().encodeToString({bytes})"),
        Encoding::Base64Url => {
            format!("Base64.getUrlEncoder().withoutPadding().encodeToString({bytes})")
        }
        Encoding::Text => format!("new String({bytes}, StandardCharsets.ISO_8859_1)"),
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::Java, "+");
    let digest = match plan.algorithm {
        Algorithm::Token => "KEY".to_owned(),
        Algorithm::Sha256 => format!("sha256({bytes})"),
        _ => format!("hmac({bytes})"),
    };
    format!("        String expected = {prefix}{};\n", encode(plan, &digest))
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let public = plan.algorithm.has_public_key();
    let kind = if public { "PublicKey" } else { "byte[]" };
    let key = match (public, plan.key_form) {
        (false, KeyForm::Raw | KeyForm::Pem) => {
            "setting(\"CZ_HOOK_SECRET\").getBytes(StandardCharsets.UTF_8)"
        }
        (false, _) => "decodeKey(setting(\"CZ_HOOK_SECRET\"))",
        (true, _) => "publicKey(setting(\"CZ_HOOK_SECRET\"))",
    };
    let others = plan
        .settings
        .iter()
        .map(|name| format!("    private static final String {} = setting(\"{name}\");\n", name));
    let mut parts = vec![
        format!("    private static final {kind} KEY = {key};\n{}", others.collect::<String>()),
        "    \
    private static String setting(String name) {
        String value = System.getenv().getOrDefault(name, \"\");
        return value.isEmpty() ? notConfigured(name + \" is not set\") : value;
    }

    private static <T> T notConfigured(String why) {
        System.err.println(why);
        System.exit(1);
        return null;
    }
"
        .to_owned(),
    ];
    let algorithm = match plan.algorithm {
        Algorithm::Ed25519 => "Ed25519",
        Algorithm::RsaSha256 => "RSA",
        _ => "EC",
    };
    if public {
        let other = match (plan.key_form, has_raw_key(plan)) {
            (KeyForm::Raw | KeyForm::Pem, _) => {
                "                return notConfigured(\"CZ_HOOK_SECRET is not a public key in PEM\");\n"
            }
            (_, true) => {
                "                // The format SubjectPublicKeyInfo begins like this.
                der = concat(HexFormat.of().parseHex(\"302a300506032b6570032100\"), decodeKey(secret));
"
            }
            (_, false) => "                der = decodeKey(secret);\n",
        };
        parts.push(fill(
            "    \
    private static PublicKey publicKey(String secret) {
        try {
            if (secret.contains(\"-----BEGIN CERTIFICATE\")) {
                var in = new ByteArrayInputStream(secret.getBytes(StandardCharsets.UTF_8));
                return CertificateFactory.getInstance(\"X.509\").generateCertificate(in).getPublicKey();
            }
            byte[] der;
            if (secret.contains(\"-----BEGIN\")) {
                der = Base64.getMimeDecoder().decode(secret.replaceAll(\"-----[^-]*-----\", \"\"));
            } else {
@other@            }
            return KeyFactory.getInstance(\"@algorithm@\").generatePublic(new X509EncodedKeySpec(der));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return notConfigured(\"CZ_HOOK_SECRET is not a public key of this algorithm\");
        }
    }
",
            &[("other", other), ("algorithm", algorithm)],
        ));
    }
    let (decode, name) = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => return parts,
        KeyForm::Hex => ("HexFormat.of().parseHex(text)", "hexadecimal"),
        KeyForm::Base64 | KeyForm::Spki => {
            ("Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'))", "base64")
        }
    };
    let prefix = match plan.key_prefix {
        "" => String::new(),
        prefix => fill(
            "        if (text.startsWith(@text@)) {\n            text = text.substring(@length@);\n        }\n",
            &[
                ("text", &quote(prefix, Quoting::Java)),
                ("length", &prefix.encode_utf16().count().to_string()),
            ],
        ),
    };
    parts.push(fill(
        "    \
    /** The key is written in @name@. */
    private static byte[] decodeKey(String secret) {
        String text = secret.strip();
@prefix@        try {
            byte[] key = @decode@;
            if (key.length > 0) {
                return key;
            }
        } catch (IllegalArgumentException e) {
            // The message would contain a part of the key.
        }
        return notConfigured(\"CZ_HOOK_SECRET is not @name@\");
    }
",
        &[("name", name), ("prefix", &prefix), ("decode", decode)],
    ));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let decode = match plan.encoding {
            Encoding::Hex => "HexFormat.of().parseHex(text)",
            Encoding::Base64 => "Base64.getDecoder().decode(text)",
            _ => "Base64.getUrlDecoder().decode(text)",
        };
        let name = match plan.algorithm {
            Algorithm::Ed25519 => "Ed25519",
            Algorithm::RsaSha256 => "SHA256withRSA",
            _ => "SHA256withECDSA",
        };
        let prefix = match plan.layout.prefix() {
            "" => String::new(),
            prefix => fill(
                "        if (!text.startsWith(@text@)) {\n            return false;\n        }\n        text = text.substring(@length@);\n",
                &[
                    ("text", &quote(prefix, Quoting::Java)),
                    ("length", &prefix.encode_utf16().count().to_string()),
                ],
            ),
        };
        parts.push(fill(
            "    \
    /** Whether the text is the signature of the bytes. */
    private static boolean isSigned(String text, byte[] bytes) {
@prefix@        try {
            byte[] signature = @decode@;
            Signature check = Signature.getInstance(\"@name@\");
            check.initVerify(KEY);
            check.update(bytes);
            // The decoder accepts other texts of the same bytes.
            return @encode@.equals(text) && check.verify(signature);
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            return false;
        }
    }
",
            &[
                ("prefix", &prefix),
                ("decode", decode),
                ("name", name),
                ("encode", &encode(plan, "signature")),
            ],
        ));
    } else {
        parts.push(
            "    \
    /** Compares in the same time for every position of a difference; String.equals does not. */
    private static boolean isEqual(String given, String expected) {
        return MessageDigest.isEqual(
                given.getBytes(StandardCharsets.ISO_8859_1), expected.getBytes(StandardCharsets.ISO_8859_1));
    }
"
            .to_owned(),
        );
    }
    if plan.algorithm.hmac().is_some() {
        parts.push(fill(
            "    \
    private static byte[] hmac(byte[] bytes) {
        try {
            Mac mac = Mac.getInstance(\"Hmac@hash@\");
            mac.init(new SecretKeySpec(KEY, \"Hmac@hash@\"));
            return mac.doFinal(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
",
            &[("hash", &plan.hash().to_uppercase())],
        ));
    }
    if plan.algorithm == Algorithm::Sha256 || plan.signs(&Piece::Hash(BodyHash::Sha256)) {
        parts.push(
            "    \
    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance(\"SHA-256\").digest(bytes);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
"
            .to_owned(),
        );
    }
    let joins = plan.signed.len() > 1;
    if joins || (has_raw_key(plan) && plan.algorithm.has_public_key()) {
        parts.push(
            "    \
    private static byte[] concat(byte[]... parts) {
        var out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }
"
            .to_owned(),
        );
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::Java);
        parts.push(fill(
            "    \
    /** The texts of the items with this name. */
    private static List<String> itemsOf(String list, String name) {
        String start = name + @assign@;
        return Arrays.stream(list.split(Pattern.quote(@separator@)))
                .map(String::strip)
                .filter(item -> item.startsWith(start))
                .map(item -> item.substring(start.length()).strip())
                .toList();
    }
",
            &[("assign", &one(list.assign)), ("separator", &one(list.separator))],
        ));
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "    \
    /** The time in seconds since 1970; NaN when it is none. */
    private static double seconds(String text) {
        try {
            return Instant.parse(text).getEpochSecond();
        } catch (DateTimeException e) {
            return Double.NaN;
        }
    }
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "    \
    /** The number; NaN when it is none. */
    private static double seconds(String text) {
        return text.matches(\"[0-9]{1,15}\") ? Double.parseDouble(text) : Double.NaN;
    }
"
            .to_owned(),
        ),
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "    \
    /** The names and values of the form, sorted, each pair once; null when it is not a form. */
    private static byte[] formFields(byte[] body) {
        var order = Comparator.<List<String>, String>comparing(pair -> pair.get(0)).thenComparing(pair -> pair.get(1));
        var pairs = new TreeSet<List<String>>(order);
        try {
            for (String field : new String(body, StandardCharsets.UTF_8).split(\"&\")) {
                String[] parts = field.split(\"=\", 2);
                String value = parts.length == 2 ? URLDecoder.decode(parts[1], StandardCharsets.UTF_8) : \"\";
                pairs.add(List.of(URLDecoder.decode(parts[0], StandardCharsets.UTF_8), value));
            }
        } catch (IllegalArgumentException e) {
            return null;
        }
        var texts = new StringBuilder();
        pairs.forEach(pair -> pair.forEach(texts::append));
        return texts.toString().getBytes(StandardCharsets.UTF_8);
    }
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Hash(BodyHash::Crc32)) {
        parts.push(
            "    \
    /** The CRC-32 in decimal. */
    private static byte[] crc32(byte[] body) {
        var crc = new CRC32();
        crc.update(body);
        return Long.toString(crc.getValue()).getBytes(StandardCharsets.UTF_8);
    }
"
            .to_owned(),
        );
    }
}
