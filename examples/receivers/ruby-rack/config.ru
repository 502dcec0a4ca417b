# A webhook endpoint as a Rack application on Ruby 3: POST on any path.
# cz-hook: head
# Run:     gem install rack puma && puma -b tcp://127.0.0.1:3000 config.ru
# Signed:  as `chatzuri` signs: HMAC-SHA1 in lowercase hexadecimal, in the header x-chatzuri-signature
# Reads:   CZ_HOOK_SECRET: the signing secret, as for `cz-hook send`
# Refuses: a wrong or missing signature: 400; a method other than POST: 405; more than 2 MB: 413
#          a body that is not a JSON object: 400
# cz-hook: end

require 'json'
# cz-hook: imports
require 'openssl'
# cz-hook: end
require 'rack/utils'

MAX_BODY = 2 * 1024 * 1024

def answer(status, body, headers = {})
  [status, { 'content-type' => 'application/json' }.merge(headers), [JSON.generate(body)]]
end

# cz-hook: verify
def setting(name)
  value = ENV.fetch(name, '')
  abort "#{name} is not set" if value.empty?
  value.b
end

KEY = setting('CZ_HOOK_SECRET')

# Whether the request is signed as `chatzuri` signs: see the top.
def genuine?(header, body)
  given = header.call('x-chatzuri-signature')
  return false if given.nil?
  expected = OpenSSL::HMAC.hexdigest('SHA1', KEY, body)
  Rack::Utils.secure_compare(expected, given)
end
# cz-hook: end

# cz-hook: parse
# The event; nil when the body is not a JSON object.
def parse_event(body)
  value = JSON.parse(body)
  value if value.is_a?(Hash)
rescue JSON::ParserError, EncodingError
  nil # not JSON, or nested more than 100 levels deep
end
# cz-hook: end

$stdout.sync = true
puts "listening on http://127.0.0.1:#{ENV.fetch('PORT', '3000')}/webhook"

run(lambda do |env|
  if env['REQUEST_METHOD'] != 'POST'
    next answer(405, { message: 'Method Not Allowed' }, 'allow' => 'POST')
  end

  # The raw bytes: the signature covers them, not the parsed body.
  body = env['rack.input'].read(MAX_BODY + 1).to_s
  next answer(413, { message: 'Too large' }) if body.bytesize > MAX_BODY

  # Two headers with one name arrive as one value with a comma, which is not a signature.
  header = ->(name) { env["HTTP_#{name.upcase.tr('-', '_')}"]&.b }
  next answer(400, { message: "Signature didn't match" }) unless genuine?(header, body)

  event = parse_event(body)
  next answer(400, { message: 'Unexpected body' }) unless event

  # Your work starts here: put `event` into a queue, and ignore events that you do not know.
  answer(200, { status: 'accepted' })
end)
