//! Ruby with its standard library `openssl`, and with Rack for the comparison.

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const RUBY: Dialect = Dialect {
    quoting: Quoting::PhpOrRuby,
    open: "\
# Whether the request is signed as `@provider@` signs: see the top.
def genuine?(header, body)
",
    list_name: "list",
    signed_name: "signed",
    parse: "  event = parse_event(body)\n  return false if event.nil?\n",
    header: "  @name@ = header.call(@text@)\n  return false if @name@.nil?\n",
    field: "  @name@ = text_at(event, @path@)\n  return false if @name@.nil?\n",
    empty: "  return false if @name@.empty?\n",
    item: "  @name@, *@name@s = items_of(list, @text@)
  return false if @name@.nil? || @name@s.any?
",
    age: "  # An old request may be a replay. The age of what is not a time is NaN.
  age = Time.now.to_f - (seconds(@name@)@divisor@)
  return false unless age.abs <= @tolerance@
",
    age_or_absent: "  # An old request may be a replay. The age of what is not a time is NaN.
  age = Time.now.to_f - (seconds(@name@)@divisor@)
  return false unless @name@.empty? || age.abs <= @tolerance@
",
    milliseconds: " / 1000",
    form: "  form = form_fields(body)\n  return false if form.nil?\n",
    signed: "  signed = @bytes@\n",
    piece,
    join: |pieces| format!("[{}].map(&:b).join", pieces.join(", ")),
    expected,
    equal: "  Rack::Utils.secure_compare(expected, given)\n",
    equal_any: "  items_of(list, @text@).any? { |given| Rack::Utils.secure_compare(expected, given) }\n",
    verify: "  signed?(given, @bytes@)\n",
    verify_any: "  items_of(list, @text@).any? { |given| signed?(given, @bytes@) }\n",
    close: "end\n",
};

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(RUBY.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n");
    let mut imports = String::from("require 'openssl'\n");
    if verify.contains("Time.iso8601") {
        imports.push_str("require 'time'\n");
    }
    if plan.signs(&Piece::Form) || plan.body == BodyKind::Form {
        imports.push_str("require 'uri'\n");
    }
    if verify.contains("Zlib.") {
        imports.push_str("require 'zlib'\n");
    }
    Code { imports, verify, parse: parse(plan.body).to_owned(), packages: Vec::new() }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
# The event; nil when the body is not a JSON object.
def parse_event(body)
  value = JSON.parse(body)
  value if value.is_a?(Hash)
rescue JSON::ParserError, EncodingError
  nil # not JSON, or nested more than 100 levels deep
end
"
        }
        BodyKind::Array => {
            "\
# The events; nil when the body is not a JSON array.
def parse_event(body)
  value = JSON.parse(body)
  value if value.is_a?(Array)
rescue JSON::ParserError, EncodingError
  nil # not JSON, or nested more than 100 levels deep
end
"
        }
        BodyKind::Form => {
            "\
# The fields of the form; nil when it is not a form.
def parse_event(body)
  URI.decode_www_form(body).to_h
rescue ArgumentError
  nil
end
"
        }
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) => quote(text, Quoting::PhpOrRuby),
        Piece::Variable(name) | Piece::Setting(name) => name.clone(),
        Piece::Field(_) => field.to_owned(),
        Piece::Form => "form".to_owned(),
        Piece::Secret => "KEY".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "Zlib.crc32(body).to_s".to_owned(),
        Piece::Hash(BodyHash::Sha256) => "OpenSSL::Digest.hexdigest('SHA256', body)".to_owned(),
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::PhpOrRuby, "+");
    let method = if plan.encoding == Encoding::Hex { "hexdigest" } else { "digest" };
    let digest = match plan.algorithm {
        Algorithm::Token if plan.encoding == Encoding::Hex => "KEY.unpack1('H*')".to_owned(),
        Algorithm::Token => "KEY".to_owned(),
        Algorithm::Sha256 => format!("OpenSSL::Digest.{method}('SHA256', {bytes})"),
        _ => format!("OpenSSL::HMAC.{method}('{}', KEY, {bytes})", plan.hash().to_uppercase()),
    };
    let text = match plan.encoding {
        Encoding::Hex | Encoding::Text => digest,
        Encoding::Base64 => format!("[{digest}].pack('m0')"),
        Encoding::Base64Url => format!("[{digest}].pack('m0').tr('+/', '-_').delete('=')"),
    };
    format!("  expected = {prefix}{text}\n")
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let secret = "setting('CZ_HOOK_SECRET')";
    let key = match (plan.algorithm.has_public_key(), plan.key_form) {
        (false, KeyForm::Raw | KeyForm::Pem) => secret.to_owned(),
        (false, _) => format!("decode_key({secret})"),
        (true, _) => format!("public_key({secret})"),
    };
    let mut parts = vec![
        "\
def setting(name)
  value = ENV.fetch(name, '')
  abort \"#{name} is not set\" if value.empty?
  value.b
end
"
        .to_owned(),
    ];
    let decoding = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => None,
        KeyForm::Hex => Some(("/\\A(\\h\\h)+\\z/", "[text].pack('H*')", "hexadecimal")),
        KeyForm::Base64 | KeyForm::Spki => {
            Some(("%r{\\A[A-Za-z0-9+/_-]{2,}=*\\z}", "text.tr('-_', '+/').unpack1('m')", "base64"))
        }
    };
    if let Some((pattern, decode, name)) = decoding {
        let prefix = match plan.key_prefix {
            "" => String::new(),
            prefix => format!(".delete_prefix({})", quote(prefix, Quoting::PhpOrRuby)),
        };
        parts.push(fill(
            "\
# The key is written in @name@.
def decode_key(secret)
  text = secret.strip@prefix@
  abort 'CZ_HOOK_SECRET is not @name@' unless text.match?(@pattern@)
  @decode@
end
",
            &[("name", name), ("prefix", &prefix), ("pattern", pattern), ("decode", decode)],
        ));
    }
    if plan.algorithm.has_public_key() {
        let other = match (plan.key_form, has_raw_key(plan)) {
            (KeyForm::Raw | KeyForm::Pem, _) => "  OpenSSL::PKey.read(secret)\n",
            (_, true) => {
                "  return OpenSSL::PKey.read(secret) if secret.include?('-----BEGIN')

  bytes = decode_key(secret)
  abort 'CZ_HOOK_SECRET is not an Ed25519 public key' if bytes.bytesize != 32
  # The format SubjectPublicKeyInfo begins like this.
  OpenSSL::PKey.read(['302a300506032b6570032100'].pack('H*') + bytes)
"
            }
            (_, false) => {
                "  OpenSSL::PKey.read(secret.include?('-----BEGIN') ? secret : decode_key(secret))\n"
            }
        };
        parts.push(fill(
            "\
def public_key(secret)
  return OpenSSL::X509::Certificate.new(secret).public_key if secret.include?('BEGIN CERTIFICATE')

@other@end
",
            &[("other", other)],
        ));
    }
    let others = plan.settings.iter().map(|name| format!("{name} = setting('{name}')\n"));
    parts.push(format!("KEY = {key}\n{}", others.collect::<String>()));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let hash = if plan.algorithm == Algorithm::Ed25519 { "nil" } else { "'SHA256'" };
        let (decode, encode) = match plan.encoding {
            Encoding::Hex => ("[text].pack('H*')", "signature.unpack1('H*')"),
            Encoding::Base64 => ("text.unpack1('m')", "[signature].pack('m0')"),
            _ => (
                "text.tr('-_', '+/').unpack1('m')",
                "[signature].pack('m0').tr('+/', '-_').delete('=')",
            ),
        };
        let prefix = match plan.layout.prefix() {
            "" => String::new(),
            prefix => fill(
                "  return false unless text.start_with?(@text@)\n\n  text = text.delete_prefix(@text@)\n",
                &[("text", &quote(prefix, Quoting::PhpOrRuby))],
            ),
        };
        parts.push(fill(
            "\
# Whether the text is the signature of the bytes.
def signed?(text, bytes)
@prefix@  signature = @decode@
  # The decoder ignores what it cannot read.
  @encode@ == text && KEY.verify(@hash@, signature, bytes)
rescue OpenSSL::PKey::PKeyError
  false
end
",
            &[("prefix", &prefix), ("decode", decode), ("encode", encode), ("hash", hash)],
        ));
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::PhpOrRuby);
        parts.push(fill(
            "\
# The texts of the items with this name.
def items_of(list, name)
  start = name + @assign@
  items = list.split(@separator@).map(&:strip)
  items.select { |item| item.start_with?(start) }.map { |item| item.delete_prefix(start).strip }
end
",
            &[("assign", &one(list.assign)), ("separator", &one(list.separator))],
        ));
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "\
# The time in seconds since 1970; NaN when it is none.
def seconds(text)
  return Float::NAN unless text.match?(/\\A\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z\\z/)

  Time.iso8601(\"#{text[0, 19]}Z\").to_f
rescue ArgumentError
  Float::NAN
end
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
# The number; NaN when it is none.
def seconds(text)
  text.match?(/\\A\\d{1,15}\\z/) ? text.to_f : Float::NAN
end
"
            .to_owned(),
        ),
    }
    if plan.reads_fields() {
        parts.push(
            "\
# The text of a field that is a string, a truth value or a whole number: '' when it is absent or null, and nil when it
# is something else.
def text_at(value, *path)
  path.each do |name|
    value = case value
            when Hash then value[name]
            when Array then name.match?(/\\A\\d+\\z/) ? value[name.to_i] : nil
            end
  end
  return '' if value.nil?

  value.to_s if [String, Integer, TrueClass, FalseClass].any? { |kind| value.is_a?(kind) }
end
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
# The names and values of the form, sorted, each pair once; nil when it is not a form.
def form_fields(body)
  URI.decode_www_form(body).map { |pair| pair.map(&:b) }.uniq.sort.join
rescue ArgumentError
  nil
end
"
            .to_owned(),
        );
    }
}
