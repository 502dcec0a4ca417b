# Asks this Ruby, and Active Support when that is loaded. Standard input: a line of formulas (a JSON array, `x` is
# the input), then documents in base64. Standard output: the version, then for each document each formula's bytes
# in base64, `!` if refused.
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
functions = formulas.map { |formula| eval("->(x) { #{formula} }") }
documents.each do |document|
  x = document.unpack1("m").force_encoding("UTF-8")
  results = functions.map do |function|
    "=" + [function.call(x)].pack("m0")
  rescue JSON::JSONError, EncodingError, ArgumentError => e
    "!"
  end
  puts results.join(" ")
end
