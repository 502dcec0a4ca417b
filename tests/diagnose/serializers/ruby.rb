# Asks this Ruby, and Active Support when that is loaded. Standard input: a line of formulas (a JSON array, `x` is
# the input), then documents in base64. Standard output: the version, then for each document each formula's bytes
# in base64, `!` if refused, `?` if another version's.
require "json"
formulas, *documents = $stdin.read.lines(chomp: true)
formulas = JSON.parse(formulas)
if formulas.any? { |formula| formula.include?("to_json") }
  require "active_support"
  require "active_support/core_ext/object/json"
  puts "Active Support #{ActiveSupport::VERSION::STRING}"
else
  puts "Ruby #{RUBY_VERSION}, json #{JSON::VERSION}"
end
is_old = JSON.pretty_generate({}) != "{}"
functions = formulas.map do |formula|
  code, version = formula.split(" (before")
  is_here = !code.include?("pretty") || is_old == !version.nil?
  eval("->(x) { #{code} }") if is_here
end
documents.each do |document|
  x = document.unpack1("m").force_encoding("UTF-8")
  results = functions.map do |function|
    next "?" unless function

    "=" + [function.call(x)].pack("m0")
  rescue JSON::JSONError, EncodingError, ArgumentError => e
    "!"
  end
  puts results.join(" ")
end
