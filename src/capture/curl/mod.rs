//! Deliveries as curl commands: what users paste into a terminal, and what browsers copy.

mod parse;
mod windows;
mod write;

use crate::shell::{self, ShellError, Token};
use crate::webhook::payload::json::without_bom;
use crate::webhook::record::{DeliveryRecord, Loss};

use super::error::{CaptureError, excerpt};
use super::files::{FileReader, MAX_FILE_BYTES};
use super::script;

pub use super::files::Files;
pub use write::exact;
pub(crate) use write::{
    MAX_ARGUMENT, asks_before, command, globs, header, is_own, is_shown, no_header, pipe, quote,
};

use parse::{COPY_WHOLE, Sources, unreadable};

/// Whether the first command is curl, or a `printf` into it, or the text is a script with such a command. A comment and a
/// copied prompt may stand before.
pub(super) fn is_command(bytes: &[u8]) -> bool {
    is_first_command(bytes) || (script::is_script(bytes) && script::has_program(bytes, is_curl))
}

fn is_first_command(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    let Some(line) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else {
        return false;
    };
    let line = line.strip_prefix(b"$ ").unwrap_or(line).trim_ascii_start();
    let mut words = line.split(|b| matches!(b, b' ' | b'\t'));
    let word = words.next().unwrap_or_default();
    let holds_curl = || memchr::memmem::find(bytes, b"curl").is_some();
    is_curl(word) || (word == b"printf" && words.next().is_some() && holds_curl())
}

/// Reads curl commands, each on its lines, as the requests that curl would send: with Host and the
/// body's type as curl adds them, without what depends on its version. `file` gives the content of the
/// files that `@` names, as far as it is asked to, or says why it cannot.
///
/// # Errors
/// For what needs a real shell, for options that are not known, and for requests that only curl could
/// make.
pub fn read(bytes: &[u8], file: &mut Files<'_>) -> Result<Vec<DeliveryRecord>, CaptureError> {
    read_within(MAX_FILE_BYTES, bytes, file)
}

/// The same with at most `max` bytes of files.
pub(crate) fn read_within(
    max: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    // An editor may have put a mark before a command that it saved.
    let text = without_bom(bytes);
    let mut files = FileReader { file, bytes_left: max };
    let Commands { pipelines, is_as_meant } = commands(text, &mut files)?;
    if pipelines.is_empty() {
        return Err(unreadable("there is no command", COPY_WHOLE));
    }
    let record = |(id, Pipeline { input, arguments }): (u64, Pipeline)| {
        let mut sources = Sources { input, files: &mut files, has_dropped_line_ends: false };
        let delivery = parse::request(&arguments, &mut sources)?;
        let mut record = DeliveryRecord::new(id, delivery);
        let losses = [
            (Loss::BodyLineEndsDropped, sources.has_dropped_line_ends),
            (Loss::BodyCommandPrompt, is_as_meant),
            (Loss::Target, has_unknown_host(&mut record)),
        ];
        record.losses = losses.into_iter().filter(|(_, is)| *is).map(|(loss, _)| loss).collect();
        Ok(record)
    };
    (1..).zip(pipelines).map(record).collect()
}

/// Takes out a host that stands for one in a variable. Whether nothing is known of the target then.
fn has_unknown_host(record: &mut DeliveryRecord) -> bool {
    let headers = &mut record.delivery.headers;
    let is_unknown = headers.get("host") == Some(script::UNKNOWN_HOST.as_bytes());
    if is_unknown {
        headers.remove("host");
    }
    is_unknown && record.delivery.target == "/"
}

struct Commands {
    pipelines: Vec<Pipeline>,
    /// Whether they are quoted for Windows, and read as a browser means them.
    is_as_meant: bool,
}

/// The curl commands of a text: as a POSIX shell reads them, as Windows does, or those of a script.
fn commands(text: &[u8], files: &mut FileReader<'_, '_>) -> Result<Commands, CaptureError> {
    if windows::is_quoted_for_windows(text) {
        return windows_commands(text);
    }
    let why = match shell::split(text) {
        Err(ShellError::Windows) => return windows_commands(text),
        Err(why) => unreadable(&why, why.hint()),
        Ok(tokens) => match split_pipelines(tokens) {
            Ok(pipelines) => return Ok(Commands { pipelines, is_as_meant: false }),
            Err(why) => why,
        },
    };
    if !script::is_script(text) {
        return Err(why);
    }
    let found = script::commands(text, is_curl).map_err(|why| unreadable(why.why, why.hint))?;
    let pipeline = |command: script::Command| {
        let input = command.input.map(|input| input.read(files)).transpose();
        let input = input.map_err(|why| unreadable(why, "check the path"))?;
        Ok(Pipeline { input, arguments: command.words.into_iter().skip(1).collect() })
    };
    let pipelines = found.into_iter().map(pipeline).collect::<Result<_, _>>()?;
    Ok(Commands { pipelines, is_as_meant: false })
}

fn windows_commands(text: &[u8]) -> Result<Commands, CaptureError> {
    const HINT: &str = "copy it again, as cURL (bash)";
    let split = windows::split(text).map_err(|what| {
        unreadable(format!("it is written for the command prompt of Windows, and has {what}"), HINT)
    })?;
    let pipeline = |words: Vec<Vec<u8>>| {
        let mut words = words.into_iter();
        match words.next() {
            Some(word) if is_curl(&word) => {
                Ok(Pipeline { input: None, arguments: words.collect() })
            }
            other => Err(unreadable(
                format!("`{}` is not curl", excerpt(&other.unwrap_or_default())),
                HINT,
            )),
        }
    };
    let pipelines = split.commands.into_iter().map(pipeline).collect::<Result<_, _>>()?;
    Ok(Commands { pipelines, is_as_meant: split.is_as_meant })
}

/// One curl command.
struct Pipeline {
    /// What it reads from standard input, if that is known.
    input: Option<Vec<u8>>,
    /// Its words after `curl`.
    arguments: Vec<Vec<u8>>,
}

/// Whether a command's first word is curl.
fn is_curl(word: &[u8]) -> bool {
    let name = word.rsplit(|b| *b == b'/').next().unwrap_or_default();
    matches!(name, b"curl" | b"curl.exe")
}

/// Finds the curl commands. Any other command is an error, unless curl's output goes into it.
fn split_pipelines(tokens: Vec<Token>) -> Result<Vec<Pipeline>, CaptureError> {
    let mut pipelines = Vec::new();
    let mut stages = vec![Vec::new()];
    for token in tokens {
        match token {
            Token::Word(word) => {
                // A prompt that was copied with the command.
                let is_first = stages.len() == 1 && stages.iter().all(Vec::is_empty);
                if let (Some(stage), false) = (stages.last_mut(), is_first && word == b"$") {
                    stage.push(word);
                }
            }
            Token::Pipe => stages.push(Vec::new()),
            Token::End => {
                pipelines.push(pipeline(std::mem::replace(&mut stages, vec![Vec::new()]))?)
            }
        }
    }
    Ok(pipelines)
}

fn pipeline(stages: Vec<Vec<Vec<u8>>>) -> Result<Pipeline, CaptureError> {
    let mut stages = stages.into_iter();
    let mut input = None;
    let mut words = stages.next().unwrap_or_default();
    if words.first().is_some_and(|word| word == b"printf") {
        let hint = "write the body into the format, bytes as \\NNN and % as %%";
        input = Some(script::printf(&words).map_err(|why| unreadable(why, hint))?);
        words = stages.next().unwrap_or_default();
    }
    let mut words = words.into_iter();
    match words.next() {
        // Where its output goes changes no request: what follows another pipe is ignored.
        Some(word) if is_curl(&word) => Ok(Pipeline { input, arguments: words.collect() }),
        other => Err(unreadable(
            format!("`{}` is not curl", excerpt(&other.unwrap_or_default())),
            "give curl commands only; of what is piped into curl, printf with one format is understood",
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::webhook::delivery::Delivery;

    fn try_read(command: &str) -> Result<Vec<DeliveryRecord>, CaptureError> {
        read(command.as_bytes(), &mut |path: &Path, _| match path.to_str() {
            Some("f") => Ok(b"a\r\nb\0c\n".to_vec()),
            Some("h") => Ok(b"A: 1\r\n\r\nB:2\n@f\nC;\n".to_vec()),
            _ => Err("no such file".to_owned()),
        })
    }

    fn only(command: &str) -> Delivery {
        let mut read = try_read(command).unwrap_or_else(|error| panic!("{command}: {error}"));
        assert_eq!(read.len(), 1, "{command}");
        read.remove(0).delivery
    }

    fn headers(delivery: &Delivery) -> Vec<String> {
        let line =
            |(name, value): (&str, &[u8])| format!("{name}: {}", String::from_utf8_lossy(value));
        delivery.headers.iter().map(line).collect()
    }

    #[test]
    fn chromes_copy_as_curl_bash_is_read() {
        let delivery = only(
            r#"curl 'https://example.com/api/webhooks?source=app' \
  -H 'accept: application/json, text/plain, */*' \
  -H 'accept-language: en-GB,en;q=0.9' \
  -H 'content-type: application/json' \
  -b 'session=abc; theme=dark' \
  -H 'sec-ch-ua: "Chromium";v="128", "Not;A=Brand";v="24"' \
  -H 'user-agent: Mozilla/5.0 (X11; Linux x86_64)' \
  --data-raw $'{"name":"O\'Brien\u0021","text":"a\\nb\u0009caf\xc3\xa9","path":"C:\\\\x"}' \
  --compressed \
  --insecure ;
"#,
        );
        assert_eq!(delivery.method, "POST");
        assert_eq!(delivery.target, "/api/webhooks?source=app");
        assert_eq!(
            String::from_utf8_lossy(&delivery.body),
            "{\"name\":\"O'Brien!\",\"text\":\"a\\nb\tcafé\",\"path\":\"C:\\\\x\"}"
        );
        assert_eq!(
            headers(&delivery),
            [
                "Host: example.com",
                "Cookie: session=abc; theme=dark",
                "accept: application/json, text/plain, */*",
                "accept-language: en-GB,en;q=0.9",
                "content-type: application/json",
                "sec-ch-ua: \"Chromium\";v=\"128\", \"Not;A=Brand\";v=\"24\"",
                "user-agent: Mozilla/5.0 (X11; Linux x86_64)",
            ]
        );
    }

    #[test]
    fn firefoxs_copy_is_read() {
        let delivery = only(
            r#"curl 'http://localhost:3000/hook' --compressed -X POST -H 'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0' -H 'Accept: */*' -H 'Content-Type: text/plain;charset=UTF-8' -H 'Origin: null' -H 'Priority: u=0' --data-raw $'it\'s\041 \xe2\x82\xac \ud83d\ude00'"#,
        );
        assert_eq!(&delivery.body[..], "it's! € 😀".as_bytes());
        assert_eq!(headers(&delivery)[0], "Host: localhost:3000");
        assert_eq!(headers(&delivery).len(), 6);
    }

    #[test]
    fn postmans_copy_is_read() {
        let delivery = only(
            "curl --location --globoff --request POST 'http://localhost:8080/hook?filter[a]={b}' \\\r\n--header 'Content-Type: application/json' \\\r\n--header 'X-Empty;' \\\r\n--data '{\r\n    \"a\": 1\r\n}'\r\n",
        );
        assert_eq!(delivery.target, "/hook?filter[a]={b}");
        // Quoted line ends are the body's: nothing in quotes is touched.
        assert_eq!(&delivery.body[..], b"{\r\n    \"a\": 1\r\n}");
        let expected = "Host: localhost:8080|Content-Type: application/json|X-Empty: ";
        assert_eq!(headers(&delivery).join("|"), expected);
    }

    /// A black-box test compares more commands with what curl itself sends.
    #[test]
    fn data_is_joined_as_curl_joins_it() {
        for (command, expected) in [
            ("curl h -d a -d b=c", &b"a&b=c"[..]),
            ("curl h -da --data-ascii=b", b"a&b"),
            ("curl h -d @f", b"abc"),
            ("curl h --data-binary @f --data-raw @f", b"a\r\nb\0c\n&@f"),
            ("curl h --data-urlencode n@f --data-urlencode p~q", b"n=a%0D%0Ab%00c%0A&p~q"),
            ("curl h -d a -H @h", b"a"),
            ("printf '\\173\\0001\\n' | curl h -d @-", b"{1"),
            ("curl h -d ''", b""),
        ] {
            let delivery = only(command);
            assert_eq!((&*delivery.method, &delivery.body[..]), ("POST", expected), "{command}");
        }
    }

    #[test]
    fn curls_own_headers_are_added_unless_they_are_given() {
        for (command, expected) in [
            ("curl http://h:80/ -d a", "Host: h|Content-Type: application/x-www-form-urlencoded"),
            ("curl h -d a -H content-type:b -H host:x", "content-type: b|host: x"),
            ("curl h -A ' x' -e 'y ' -b ' a=b'", "Host: h|User-Agent: x|Referer: y|Cookie: a=b"),
            ("curl h -d a -H Content-Type: -H 'Host: '", ""),
            ("curl h --json 1", "Host: h|Content-Type: application/json|Accept: application/json"),
            ("curl h --json 1 -H 'accept;'", "Host: h|accept: |Content-Type: application/json"),
            ("curl h -u a:b -e ';auto' -H X:1", "Host: h|Authorization: Basic YTpi|X: 1"),
            ("curl http://us%20er:p%40@h", "Host: h|Authorization: Basic dXMgZXI6cEA="),
            ("curl h -H @h -H D:3", "Host: h|A: 1|B: 2|C: |D: 3"),
            ("curl h -A '' --oauth2-bearer t -H nothing", "Host: h|Authorization: Bearer t"),
        ] {
            assert_eq!(headers(&only(command)).join("|"), expected, "{command}");
        }
    }

    #[test]
    fn method_and_target_are_curls() {
        for (command, method, target) in [
            ("curl h", "GET", "/"),
            ("curl -XPUT --url=h/a -sSLk --max-time 3 -o/dev/null -w '%{http_code}'", "PUT", "/a"),
            ("curl -sXDELETE h -d a", "DELETE", "/"),
            ("curl --request=PATCH -- h", "PATCH", "/"),
            ("curl -I h/x#y", "HEAD", "/x"),
            ("curl -G h/?a=b -d c=d -d e", "GET", "/?a=b&c=d&e"),
            ("curl h/a/../b/./c/..?x/../y", "GET", "/b/?x/../y"),
            ("curl --path-as-is h/a/../b", "GET", "/a/../b"),
            ("curl h -X OPTIONS --request-target '*'", "OPTIONS", "*"),
            ("curl 'http://[::1]:8080/'", "GET", "/"),
            ("$ curl h/p | jq .", "GET", "/p"),
        ] {
            let delivery = only(command);
            assert_eq!((&*delivery.method, &*delivery.target), (method, target), "{command}");
        }
    }

    #[test]
    fn every_command_of_a_file_is_a_delivery() {
        let read = try_read("# two\ncurl h/1\n\ncurl h/2 ;\n").unwrap();
        let seen: Vec<_> = read.iter().map(|c| (c.id, &*c.delivery.target)).collect();
        assert_eq!(seen, [(1, "/1"), (2, "/2")]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (command, why) in [
            ("curl h --frob", "the option --frob is not known"),
            ("curl h -sQ", "the option -Q is not known"),
            ("curl h -F a=b", "-F cannot be followed: curl chooses"),
            ("curl h -F a=@b", "-F names a file, a=@b, which is not read: curl chooses"),
            ("curl h --form 'a=<b'", "-F names a file, a=<b, which is not read"),
            ("curl h -T up", "-T names a file, up, which is not read"),
            ("curl h -Kmore", "-Kmore names a file, more, which is not read"),
            ("curl h --netrc-file=n", "--netrc-file=n names a file, n, which is not read"),
            ("curl h -sn", "-n cannot be followed: it reads passwords"),
            ("curl h --variable a@f", "--variable names a file, a@f, which is not read"),
            ("curl h --url-query a@f", "--url-query names a file, a@f, which is not read"),
            ("curl --url @f", "--url names a file, @f, which is not read"),
            ("curl h --next i", "--next cannot be followed"),
            ("curl h -d", "the option -d has no value"),
            ("curl", "there is no URL"),
            ("curl h i", "a second URL, i"),
            ("curl ftp://h", "neither http nor https"),
            ("curl h/{a,b}", "needs a real shell"),
            ("curl 'h/[1-3]'", "several URLs"),
            ("curl 'h/a b'", "no request target"),
            ("curl h -d \"$BODY\"", "a `$` on line 1 needs a real shell"),
            ("curl h \\\n -d @x", "the file x: no such file"),
            ("curl h -d @-", "standard input"),
            ("printf a | curl h -d @- --data-binary @-", "standard input"),
            ("curl h -b jar", "-b names a file, jar, which is not read"),
            ("curl h -H @x", "the file x: no such file"),
            ("curl h -H $'A: b\\r\\nC: d'", "line break"),
            ("curl h -X 'A B'", "no request method"),
            ("wget h", "`wget` is not curl"),
            ("echo a | curl h -d @-", "`echo` is not curl"),
            ("printf %s a | curl h -d @-", "one argument"),
            ("printf %s | curl h -d @-", "`%s` is not understood"),
            ("printf '\\q' | curl h -d @-", "`\\q` is not understood"),
            ("printf a", "`` is not curl"),
            ("", "there is no command"),
            ("curl ^\"http://h^\" ^\n -d %BODY%", "prompt of Windows, and has a `%NAME%`"),
            ("curl $'\\xff'", "not UTF-8"),
            ("curl h --\u{1b}[2J", "--\\u{1b}[2J"),
        ] {
            let error = try_read(command).unwrap_err().to_string();
            assert!(error.contains(why), "{command}: {error}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_word() {
        for command in ["\u{feff}curl h -d a", "\u{feff}\n# a\n$ curl h -d a"] {
            assert_eq!(&only(command).body[..], b"a");
        }
    }

    #[test]
    fn the_files_of_all_commands_share_one_limit() {
        let read = |command: &str| {
            // A file that never ends.
            let mut file = |_: &Path, most: usize| Ok(vec![b'a'; most.min(6)]);
            read_within(10, command.as_bytes(), &mut file)
        };
        assert!(read("curl h --data-binary @f").is_ok());
        for twice in [
            "curl h -d @f -d @f",
            "curl h -d @f --data-urlencode n@f",
            "curl h --json @f\ncurl h --json @f",
        ] {
            let error = read(twice).unwrap_err();
            assert!(error.to_string().contains("longer than the limit"), "{error}");
        }
    }
}
