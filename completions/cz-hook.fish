# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cz_hook_global_optspecs
    string join \n profile= config= no-config color= v/verbose q/quiet h/help V/version
end

function __fish_cz_hook_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_cz_hook_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_cz_hook_using_subcommand
    set -l cmd (__fish_cz_hook_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c cz-hook -n "__fish_cz_hook_needs_command" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s V -l version -d 'Print the version'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "sign" -d 'Print the signature of a sample event or of any bytes'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "send" -d 'Send a signed sample event, or any bytes, to an endpoint'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "verify" -d 'Check the signature of a body or of a captured request'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "listen" -d 'Receive deliveries: print, check and validate each one'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "inspect" -d 'Show and convert the deliveries of a capture'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "replay" -d 'Send the deliveries of a capture again'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "test" -d 'Test whether an endpoint handles webhooks correctly'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "events" -d 'List, show and validate the events that providers document'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "snippet" -d 'Print a correct endpoint to paste, for your language and framework'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "demo" -d 'Show how it works: send every sample to a listener on this machine'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "config" -d 'Show the effective settings and where each comes from'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "init" -d 'Write a commented cz-hook.toml to start from'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "trust" -d 'Trust the cz-hook.toml of this project, after reading it'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l secret -d 'The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l provider -d 'The provider whose samples and signature to use [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l channel -d 'The channel, for events that have several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l set -d 'Change a field of the sample: PATH=VALUE, or PATH:=JSON; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l body -d 'Use the bytes of this file (`-`: standard input) as the body, unchanged' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l max-input -d 'The maximum size of that file: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l print -d 'What to print' -r -f -a "header\t'The header line: `name: value`'
value\t'Only the header\'s value'
request\t'The complete HTTP request, as `verify` reads it'
curl\t'A curl command that sends the request'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l url -d 'The endpoint of `--print request` and `--print curl` [default: the profile\'s, or http://127.0.0.1:8080/]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l add -d 'Let --set add fields that the sample does not have'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l json -d 'Print one JSON object'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l url -d 'The endpoint [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l secret -d 'The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l provider -d 'The provider whose samples and signature to use [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l channel -d 'The channel, for events that have several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l set -d 'Change a field of the sample: PATH=VALUE, or PATH:=JSON; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l body -d 'Use the bytes of this file (`-`: standard input) as the body, unchanged' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l max-input -d 'The maximum size of that file: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s H -l header -d 'Add a header, or replace a default one; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l tamper -d 'Corrupt the request, to check that the endpoint rejects it' -r -f -a "signature\t'A delivery that has one wrong character in its signature'
body\t'A delivery that had its body changed after signing'
missing\t'A delivery that has no signature header'
secret\t'A delivery that is signed with another secret'
algorithm\t'A delivery that is signed with another algorithm'
truncated\t'A delivery that has only the first half of its signature'
uppercase\t'A delivery that has its signature in uppercase'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l expect-status -d 'Succeed on this status instead of any 2xx: 400, or a class such as 4xx' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l timeout -d 'The maximum time to wait for the response: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-for -d 'Give up when no attempt is left within this time [default: as documented, else 24h]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-base -d 'The delay after the first failure [default: 1m]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-factor -d 'The factor between a delay and the next [default: 2]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-cap -d 'The maximum delay [default: 6h]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-jitter -d 'Shorten each delay at random by up to this share, from 0 to 1' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l seed -d 'The seed of the jitter, to repeat an earlier run' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l max-attempts -d 'Give up after this many attempts' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l time-scale -d 'Divide all delays by this factor: 3600 compresses a day into 24 seconds' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l add -d 'Let --set add fields that the sample does not have'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l all -d 'Send every sample of the provider, or every channel of the event'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l json -d 'Print one JSON object per request'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l dry-run -d 'Print the exact bytes of the request, and send nothing'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry -d 'Retry like a provider, with growing delays, until the response is a success'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l honour-retry-after -d 'Wait at least as long as a Retry-After header asks for; it is printed in any case'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l secret -d 'A signing secret; repeatable, for key rotation. CZ_HOOK_SECRET or a file is safer' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l secret-file -d 'Read a signing secret from a file, without its final newline; repeatable' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l provider -d 'The provider whose signature to check [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l signature -d 'The signature of the body: the value of its header' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s H -l header -d 'A header of the request; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l format -d 'The format of FILE' -r -f -a "auto\t'Detect the format'
body\t'Only the bytes of a body'
http\t'Raw HTTP requests: request line, headers, blank line, body'
har\t'An HTTP archive, as browsers export it'
curl\t'A curl command, as browsers copy it'
ndjson\t'The lines of `listen --json`'
db\t'The journal of `listen --record`'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l max-input -d 'The maximum size of a body, of a capture, or of a line of NDJSON: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l explain -d 'How far to search for the cause of an invalid signature' -r -f -a "brief\t'For a moment'
deep\t'Every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l against -d 'Compare the body with FILE, the bytes that the endpoint hashed, and explain the difference' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l allow-files -d 'Read the files that a curl command names, if they are in the capture\'s own folder'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l show-expected -d 'Also print the expected signature; anyone who reads it can sign this body'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l json -d 'Print one JSON object'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l no-explain -d 'Do not search for the cause of an invalid signature'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l secret -d 'A signing secret; repeatable, for key rotation. CZ_HOOK_SECRET or a file is safer' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l secret-file -d 'Read a signing secret from a file, without its final newline; repeatable' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l provider -d 'The provider to expect [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l port -d 'The port; 0 chooses a free one' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l host -d 'The address to listen on; 0.0.0.0 accepts other machines' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l path -d 'Accept deliveries only on this path, and respond with 404 elsewhere [default: every path]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l health-path -d 'Respond with 200 to GET and HEAD on this path, for load balancers; not a delivery' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l record -d 'Record every delivery in this file before it is acknowledged' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l keep -d 'Remove older deliveries from the recording: keep a number (10000), a time (7d), or both (7d,10000)' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l allow-origin -d 'Accept deliveries that pages of this origin send from a browser, or `*` for all; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l explain -d 'How far to search for the cause of an invalid signature' -r -f -a "brief\t'For a moment'
deep\t'Every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-to -d 'Forward deliveries to this endpoint and return its response; repeatable, by event with EVENT=URL [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-timeout -d 'The maximum time to wait for the endpoint [default: 30s]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s H -l header -d 'Add a header to forwarded requests, or replace one: \'Host: app.test\'; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l tunnel -d 'Make the listener public: cloudflared, ngrok, bore, ssh:USER@HOST, or \'prog --port {port}\'' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l count -d 'Exit after this many deliveries' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l expect -d 'Exit when these have arrived with a valid signature and payload: EVENT, EVENT=N, EVENT/CHANNEL=N; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l timeout -d 'Exit after this long: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l port-file -d 'Write the port to this file when the listener is ready' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l max-body -d 'The maximum size of a body: 65536, 512KiB, 1MiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l read-timeout -d 'The maximum time to receive the headers, and again the body' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l max-connections -d 'The maximum number of open connections [default: 8192, or what the descriptor limit allows]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l respond -d 'Respond with this status; with other faults, only to the deliveries that they fail: 503, 429:\'slow down\'' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l drop-first -d 'Close the connections of the first N deliveries without a response' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l fail-first -d 'Fail the first N deliveries after the dropped ones' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l fail-rate -d 'Fail this share of the deliveries, from 0 to 1' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l seed -d 'The seed that decides which deliveries --fail-rate fails' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l delay -d 'Wait this long before every response' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l json -d 'Print one JSON object per delivery'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l strict -d 'Respond with 422 when the payload is not the documented one'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l allow-unsigned -d 'With a secret, also accept deliveries of providers that do not sign'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l no-explain -d 'Do not search for the cause of an invalid signature'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-invalid -d 'Also forward deliveries whose signature is not valid'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l insecure -d 'Do not check the certificates of the endpoints'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l as -d 'The output format; without ID, ndjson and har convert every listed delivery' -r -f -a "http\t'The raw HTTP request'
curl\t'A curl command that sends it again'
har\t'HAR 1.2, for a browser\'s network panel'
ndjson\t'A line as `listen --json` prints it'
json\t'The same, indented'
body\t'Only the body\'s bytes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l secret -d 'A signing secret; repeatable, for key rotation. CZ_HOOK_SECRET or a file is safer' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l secret-file -d 'Read a signing secret from a file, without its final newline; repeatable' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l prune -d 'Remove older deliveries from a journal: keep a number (10000), a time (7d), or both (7d,10000)' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l max-input -d 'The maximum size of a body, of a capture, or of a line of NDJSON: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l event -d 'Only this event, or EVENT/CHANNEL' -r -f -a "conversation.ended\t''
conversation.started\t''
escalation.triggered\t''
feedback.submitted\t''
lead.submit\t''
leads.submit\t''
message.received\t''
message.sent\t''
newMessage\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l provider -d 'Only this provider' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l verdict -d 'Only those with this verdict of the listener' -r -f -a "valid\t''
invalid\t''
missing\t''
malformed\t''
stale\t''
unsigned\t''
unchecked\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l since -d 'Only those received since a time, 2026-01-31T12:00:00Z, or a duration ago, 10m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l last -d 'Only the newest N' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l explain -d 'How far to search for the cause of an invalid signature' -r -f -a "brief\t'For a moment'
deep\t'Every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l json -d 'Print the list as one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l allow-files -d 'Read the files that a curl command names, if they are in the capture\'s own folder'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l all -d 'List all deliveries, also on a terminal, where only the newest 50 are listed otherwise'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l no-explain -d 'Do not search for the cause of an invalid signature'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l max-input -d 'The maximum size of a body, of a capture, or of a line of NDJSON: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l url -d 'The endpoint [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l id -d 'Only the delivery with this number; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l set -d 'Change a field and sign again: PATH=VALUE, or PATH:=JSON; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l secret -d 'The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l speed -d 'The speed: max, original (with the original pauses between deliveries), or a factor such as 10x' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l event -d 'Only this event, or EVENT/CHANNEL' -r -f -a "conversation.ended\t''
conversation.started\t''
escalation.triggered\t''
feedback.submitted\t''
lead.submit\t''
leads.submit\t''
message.received\t''
message.sent\t''
newMessage\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l provider -d 'Only this provider' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l verdict -d 'Only those with this verdict of the listener' -r -f -a "valid\t''
invalid\t''
missing\t''
malformed\t''
stale\t''
unsigned\t''
unchecked\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l since -d 'Only those received since a time, 2026-01-31T12:00:00Z, or a duration ago, 10m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l last -d 'Only the newest N' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l timeout -d 'The maximum time to wait for a response: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l allow-files -d 'Read the files that a curl command names, if they are in the capture\'s own folder'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l resign -d 'Sign again with --secret'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l add -d 'Let --set add fields that the body does not have'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l json -d 'Print one JSON object per delivery'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l url -d 'The endpoint' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l secret -d 'The signing secret. CZ_HOOK_SECRET or a file is safer: other users can see a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l provider -d 'The provider whose deliveries to send [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l report -d 'Also write a report: junit, tap, html, markdown, text or json; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l only -d 'Run only the cases with this id or pattern, such as \'refuse/*\'; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l skip -d 'Skip the cases with this id or pattern; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l tolerate -d 'Let the cases with this id or pattern fail: reported, but not counted; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l concurrency -d 'How many cases run at the same time, where they do not disturb each other' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l timeout -d 'The maximum time to wait for a response: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l list -d 'List the cases, and send nothing'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l json -d 'Print one JSON object per case, then a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l strict -d 'Require what is only recommended for the bytes of a body'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l fail-fast -d 'Stop at the first failure that counts; cases run one after the other'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "list" -d 'List the events that providers document'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "show" -d 'Print an event\'s sample payload'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "schema" -d 'Print an event\'s JSON Schema'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "validate" -d 'Check a body, or the body of a captured request, against the schema of its event'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l provider -d 'Only this provider\'s events [default: every provider\'s]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l provider -d 'The provider [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l channel -d 'The channel, for events that have several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l provider -d 'The provider [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l provider -d 'The provider whose events to validate against [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l max-input -d 'The maximum size of a body, of a capture, or of a line of NDJSON: 65536, 512KiB, 1GiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l allow-files -d 'Read the files that a curl command names, if they are in the capture\'s own folder'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l check -d 'Also fetch the secrets, read all custom fixtures and providers, and check the URLs; of a file that is not trusted, all but the secrets'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l dir -d 'The folder to write it to' -r -f -a "(__fish_complete_directories)"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l list -d 'List the trusted files'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l revoke -d 'Trust the file no longer'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand trust" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l config -d 'Read only this cz-hook.toml [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s v -l verbose -d 'Print more: headers, and the evidence for the verdict'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s q -l quiet -d 'Print only requested data, errors and notes of security'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s h -l help -d 'Print help; -h prints a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -f -a "express fastify nextjs fetch flask fastapi django php rack go axum java"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
