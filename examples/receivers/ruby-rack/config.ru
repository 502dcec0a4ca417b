# A webhook endpoint as a Rack application on Ruby 3: POST on any path, signed in x-chatzuri-signature.
# Install: gem install rack puma
# Run:     SECRET_KEY=… puma -b tcp://127.0.0.1:3000 config.ru

require 'json'
require 'openssl'
require 'rack/utils'

SECRET_KEY = ENV.fetch('SECRET_KEY', '')
abort 'SECRET_KEY is not set' if SECRET_KEY.empty?

MAX_BODY = 2 * 1024 * 1024

def answer(status, body, headers = {})
  [status, { 'content-type' => 'application/json' }.merge(headers), [JSON.generate(body)]]
end

def genuine?(env, body)
  # Two signature headers arrive as one value with a comma, which never equals a signature.
  given = env['HTTP_X_CHATZURI_SIGNATURE'].to_s
  expected = OpenSSL::HMAC.hexdigest('SHA1', SECRET_KEY, body)
  Rack::Utils.secure_compare(expected, given)
end

def parse_object(body)
  value = JSON.parse(body)
  value if value.is_a?(Hash)
rescue JSON::ParserError, EncodingError
  nil # not JSON, or nested more than 100 levels deep
end

run(lambda do |env|
  if env['REQUEST_METHOD'] != 'POST'
    next answer(405, { message: 'Method Not Allowed' }, 'allow' => 'POST')
  end

  # The raw bytes: the signature covers them, not the parsed JSON.
  body = env['rack.input'].read(MAX_BODY + 1).to_s
  next answer(413, { message: 'Too large' }) if body.bytesize > MAX_BODY
  next answer(400, { message: "Signature didn't match" }) unless genuine?(env, body)

  event = parse_object(body)
  next answer(400, { message: 'Not a JSON object' }) unless event

  # Your work starts here: put `event` into a queue, and ignore events that you do not know.
  answer(200, { status: 'accepted' })
end)
