# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_cz_hook_global_optspecs
    string join \n color= q/quiet profile= config= no-config v/verbose h/help V/version
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

complete -c cz-hook -n "__fish_cz_hook_needs_command" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -s V -l version -d 'Print version'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "sign" -d 'Print the signature of a sample event or of any bytes'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "send" -d 'Send a signed sample event, or any bytes, to an endpoint'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "verify" -d 'Check the signature of a body or of a captured request'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "listen" -d 'Receive deliveries: print, check and validate each one'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "inspect" -d 'Show what is in a capture, and convert it'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "replay" -d 'Send the deliveries of a capture again'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "test" -d 'Test whether an endpoint handles webhooks correctly'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "events" -d 'List, show and validate the events that providers document'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "snippet" -d 'Print a correct endpoint to paste, for your language and framework'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "demo" -d 'See it all work: send every sample to a listener on this machine'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "config" -d 'Show what is in force: which profile, which values, and who says so'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "init" -d 'Write a commented cz-hook.toml to start from'
complete -c cz-hook -n "__fish_cz_hook_needs_command" -f -a "completions" -d 'Print a shell\'s completion script'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l provider -d 'The provider whose samples, header and scheme to use [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l channel -d 'The channel, for events that come on several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l body -d 'Take the bytes of this file (`-`: standard input) as the body, untouched' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l set -d 'Change a field of the sample: PATH=VALUE, or PATH:=JSON; may be repeated' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l secret -d 'The signing secret; safer in CZ_HOOK_SECRET or a file, as others can read a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l print -d 'What to print' -r -f -a "header\t'The header line: `name: value`'
value\t'The header\'s value alone'
request\t'The whole HTTP request, as `verify` reads it'
curl\t'A curl command that sends it'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l url -d 'The endpoint that `--print request` and `--print curl` are made for [default: the profile\'s, or http://127.0.0.1:8080/]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l add -d 'Let --set add fields that the sample does not have'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l json -d 'Print one JSON object'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l provider -d 'The provider whose samples, header and scheme to use [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l channel -d 'The channel, for events that come on several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l body -d 'Take the bytes of this file (`-`: standard input) as the body, untouched' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l set -d 'Change a field of the sample: PATH=VALUE, or PATH:=JSON; may be repeated' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l secret -d 'The signing secret; safer in CZ_HOOK_SECRET or a file, as others can read a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l url -d 'The endpoint [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s H -l header -d 'Add a header, or replace one that would be sent; may be repeated' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l expect-status -d 'Succeed on this status instead of on any 2xx: 400, or a class such as 4xx' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l timeout -d 'Give up after this long: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l tamper -d 'Spoil the delivery, to see it refused' -r -f -a "signature\t'A delivery that has one wrong character in its signature'
body\t'A delivery that had its body changed after signing'
missing\t'A delivery that has no signature header'
secret\t'A delivery that is signed with another secret'
algorithm\t'A delivery that is signed with another algorithm'
truncated\t'A delivery that has only the first half of its signature'
uppercase\t'A delivery that has its signature in capitals'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-for -d 'Drop the delivery when no attempt is left within this time [default: as documented, else 24h]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-base -d 'The wait after the first failure [default: 1m]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-factor -d 'How many times longer each wait is than the one before [default: 2]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-cap -d 'The longest wait [default: 6h]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry-jitter -d 'Shorten each wait at random by up to this share of it, from 0 to 1' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l seed -d 'Repeat the random waits of an earlier run' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l max-attempts -d 'Drop the delivery after this many attempts' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l time-scale -d 'Wait this many times shorter than the schedule says: 3600 lives a day in 24 seconds' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l add -d 'Let --set add fields that the sample does not have'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l all -d 'Send every sample of the provider, or every channel of the event'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l dry-run -d 'Print the request as it would go over the wire, and send nothing'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l json -d 'Print one JSON object per request'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l retry -d 'Try again as a provider does, with growing waits, until the answer is a success'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l honour-retry-after -d 'Wait at least as long as a Retry-After header asks for; it is shown in any case'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l provider -d 'The provider whose scheme to check with [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l signature -d 'The signature that came with the body: the header\'s value' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s H -l header -d 'A header that came with the body; may be repeated' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l format -d 'What FILE holds' -r -f -a "auto\t'Look at it and see'
body\t'The body\'s bytes and nothing else'
http\t'Raw HTTP requests: request line, headers, blank line, body'
har\t'An HTTP archive, as browsers export it'
curl\t'A curl command, as browsers copy it'
ndjson\t'The lines of `listen --json`'
db\t'The journal of `listen --record`'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l secret -d 'A signing secret; repeat it while keys are rotated. Safer in CZ_HOOK_SECRET or a file' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l secret-file -d 'Read a signing secret from a file, without its final newline; may be repeated' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l explain -d 'How far to look for the cause of a signature that is not valid: what takes a moment, or everything' -r -f -a "brief\t'For a moment'
deep\t'At every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l against -d 'Hold the body against FILE, what an endpoint says it hashed, and say what leads from one to the other' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l no-explain -d 'Do not look for the cause of a signature that is not valid'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l show-expected -d 'Also print the signature that was expected; whoever reads it can sign this body'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l json -d 'Print one JSON object'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l port -d 'The port; 0 takes a free one' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l host -d 'The address to listen on; 0.0.0.0 lets other machines in' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l path -d 'Take deliveries on this path only, and answer 404 elsewhere [default: every path]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l provider -d 'The provider to expect [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l secret -d 'A signing secret; repeat it while keys are rotated. Safer in CZ_HOOK_SECRET or a file' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l secret-file -d 'Read a signing secret from a file, without its final newline; may be repeated' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l count -d 'Exit after this many deliveries' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l expect -d 'Exit when these have come, validly signed and valid: EVENT, EVENT=N, EVENT/CHANNEL=N; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l timeout -d 'Exit after this long: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l port-file -d 'Write the port into this file once deliveries can come' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l record -d 'Record every delivery in this file before it is acknowledged' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l max-body -d 'The largest body to take: 65536, 512KiB, 1MiB' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l read-timeout -d 'How long a sender may take for its headers, and again for its body' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l max-connections -d 'The most connections at once [default: 8192, or what the descriptor limit allows]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l explain -d 'How far to look for the cause of a signature that is not valid: what takes a moment, or everything' -r -f -a "brief\t'For a moment'
deep\t'At every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-to -d 'Pass deliveries on to this endpoint and relay its answer; repeatable, by event with EVENT=URL [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-timeout -d 'How long the endpoint may take [default: 30s]' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l tunnel -d 'Reach this listener from the internet: cloudflared, ngrok, bore, ssh:USER@HOST, or \'prog --port {port}\'' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l respond -d 'Answer this instead, or only where the other faults fail: 503, 429:\'slow down\'' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l drop-first -d 'Close the connections of the first N deliveries without an answer' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l fail-first -d 'Fail the first N deliveries, after those dropped' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l fail-rate -d 'Fail this share of the deliveries, from 0 to 1' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l seed -d 'What decides which deliveries --fail-rate fails' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l delay -d 'Wait this long before every answer' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l allow-unsigned -d 'With a secret, accept deliveries of providers that do not sign, too'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l strict -d 'Answer 422 to a delivery whose payload is not what the provider documents'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l json -d 'Print one JSON object per delivery'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l no-explain -d 'Do not look for the cause of a signature that is not valid'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l forward-invalid -d 'Pass on deliveries whose signature is not valid, too'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l insecure -d 'Do not check the certificates of endpoints that deliveries are passed on to'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l as -d 'The form to print in; without ID, ndjson and har convert everything listed' -r -f -a "http\t'The raw HTTP request'
curl\t'A curl command that sends it again'
har\t'HAR 1.2, for a browser\'s network panel'
ndjson\t'A line as `listen --json` prints it'
json\t'The same, laid out for people'
body\t'The body\'s bytes and nothing else'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l event -d 'Only this event, or EVENT/CHANNEL' -r -f -a "conversation.ended\t''
conversation.started\t''
escalation.triggered\t''
feedback.submitted\t''
lead.submit\t''
leads.submit\t''
message.received\t''
message.sent\t''
newMessage\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l provider -d 'Only this provider\'s' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l verdict -d 'Only those that the listener gave this verdict' -r -f -a "valid\t''
invalid\t''
missing\t''
malformed\t''
stale\t''
unsigned\t''
unchecked\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l since -d 'Only those received since: 2026-01-31T12:00:00Z, or ago: 10m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l last -d 'Only the newest N of them' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l secret -d 'A signing secret; repeat it while keys are rotated. Safer in CZ_HOOK_SECRET or a file' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l secret-file -d 'Read a signing secret from a file, without its final newline; may be repeated' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l explain -d 'How far to look for the cause of a signature that is not valid: what takes a moment, or everything' -r -f -a "brief\t'For a moment'
deep\t'At every combination of up to four causes'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l no-explain -d 'Do not look for the cause of a signature that is not valid'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l json -d 'Print the list as one JSON object a line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l url -d 'The endpoint [default: the profile\'s]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l id -d 'Only the delivery of this number; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l event -d 'Only this event, or EVENT/CHANNEL' -r -f -a "conversation.ended\t''
conversation.started\t''
escalation.triggered\t''
feedback.submitted\t''
lead.submit\t''
leads.submit\t''
message.received\t''
message.sent\t''
newMessage\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l provider -d 'Only this provider\'s' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l verdict -d 'Only those that the listener gave this verdict' -r -f -a "valid\t''
invalid\t''
missing\t''
malformed\t''
stale\t''
unsigned\t''
unchecked\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l since -d 'Only those received since: 2026-01-31T12:00:00Z, or ago: 10m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l last -d 'Only the newest N of them' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l set -d 'Change a field, then sign anew: PATH=VALUE, or PATH:=JSON; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l secret -d 'The signing secret; safer in CZ_HOOK_SECRET or a file, as others can read a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l speed -d 'How fast: max, original (with the pauses between deliveries as they were), or 10x of it' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l timeout -d 'Give up on an answer after this long: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l resign -d 'Sign anew, under --secret'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l add -d 'Let --set add fields that are not there'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l json -d 'Print one JSON object per delivery'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand replay" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l url -d 'The endpoint' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l provider -d 'The provider whose deliveries to send [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l secret -d 'The signing secret; safer in CZ_HOOK_SECRET or a file, as others can read a command line' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l secret-file -d 'Read the signing secret from a file, without its final newline' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l only -d 'Only the cases of this id or pattern, such as \'refuse/*\'; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l skip -d 'Not the cases of this id or pattern; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l tolerate -d 'Let the cases of this id or pattern fail: shown, but not counted; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l timeout -d 'Give up on an answer after this long: 30s, 500ms, 2m' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l concurrency -d 'How many cases run at once, of those that do not disturb each other' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l cacert -d 'Trust the certificates in this PEM file instead of the system\'s' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l report -d 'Also write a report: junit, tap, html, markdown, text or json; repeatable' -r
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l strict -d 'Require what is recommended for the bytes of a body'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l fail-fast -d 'Stop at the first failure that counts; cases run one after the other'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l list -d 'List the cases, and send nothing'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l insecure -d 'Do not check the endpoint\'s certificate'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l json -d 'Print one JSON object per case, then a summary'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand test" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "list" -d 'List the events that providers document'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "show" -d 'Print an event\'s sample payload'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "schema" -d 'Print an event\'s JSON Schema'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and not __fish_seen_subcommand_from list show schema validate" -f -a "validate" -d 'Check a body, or a captured request\'s body, against its event\'s schema'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l provider -d 'One provider\'s events [default: every provider\'s]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l provider -d 'The provider [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l channel -d 'The channel, for events that come on several' -r -f -a "email\t''
facebook\t''
instagram\t''
telegram\t''
web\t''
whatsapp\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l provider -d 'The provider [default: chatzuri]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l provider -d 'The provider whose events to validate against [default: the profile\'s, or auto]' -r -f -a "chatzuri\t''
chatbase\t''
chatzuri-guide\t''
chatzuri-legacy\t''
oneroute\t''
auto\t''"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l json -d 'Print one JSON object per line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l json -d 'Print one JSON object a line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l check -d 'Fetch the secrets, read every fixture and provider and check the URLs, too; exits 2 or 3 when that fails'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l json -d 'Print one JSON object a line'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l dir -d 'The folder to write it into' -r -f -a "(__fish_complete_directories)"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l color -d 'When to colour the output' -r -f -a "auto\t'On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it'
always\t'Always'
never\t'Never'"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l profile -d 'The profile of cz-hook.toml to use [env: CZ_HOOK_PROFILE]' -r -f
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l config -d 'Read this cz-hook.toml and no other [env: CZ_HOOK_CONFIG]' -r -F
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s q -l quiet -d 'Print no report and no notes; data asked for, errors and the exit code remain'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -l no-config -d 'Read no cz-hook.toml'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s v -l verbose -d 'Print more: headers, and what a verdict rests on'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c cz-hook -n "__fish_cz_hook_using_subcommand sign" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand send" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from show" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand events; and __fish_seen_subcommand_from schema" -f -a "conversation.ended conversation.started escalation.triggered feedback.submitted lead.submit leads.submit message.received message.sent newMessage"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand snippet" -f -a "express fastify nextjs fetch flask fastapi django php rack go axum java"
complete -c cz-hook -n "__fish_cz_hook_using_subcommand completions" -f -a "bash elvish fish powershell zsh"
