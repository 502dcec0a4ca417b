//! Requests of PowerShell, `Invoke-WebRequest` and `Invoke-RestMethod`, as browsers copy them and people write them with
//! literals. Nothing is run: what only PowerShell could know is an error.

mod strings;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::webhook::payload::json::without_bom;
use crate::webhook::record::{DeliveryRecord, Loss};

use crate::capture::brackets::closing;
use crate::capture::error::{CaptureError, excerpt};
use crate::capture::exported::ExportedRequest;
use crate::capture::files::{FileError, FileReader, Files};
use crate::capture::url::form_encoded;

const HINT: &str = "copy it again, as cURL (bash), or write the value in its place; if the file is a body, give --format body";
const COMMANDS: &[&str] = &["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];
/// Parameters without a value, and those whose value changes nothing about the request.
const SWITCHES: &[&str] = &[
    "usebasicparsing",
    "skipcertificatecheck",
    "disablekeepalive",
    "usedefaultcredentials",
    "skipheadervalidation",
    "skiphttperrorcheck",
    "passthru",
    "allowunencryptedauthentication",
    "noproxy",
    "followrellink",
    "verbose",
];
const IGNORED: &[&str] = &[
    "websession",
    "sessionvariable",
    "timeoutsec",
    "maximumredirection",
    "outfile",
    "proxy",
    "httpversion",
    "erroraction",
    "maximumretrycount",
    "retryintervalsec",
    "sslprotocol",
    "certificate",
    "statuscodevariable",
    "responseheadersvariable",
    "operationtimeoutseconds",
    "connectiontimeoutseconds",
];

/// Whether a text starts with such a command, or with assignments before one.
pub(super) fn is_command(text: &[u8]) -> bool {
    let head = text.trim_ascii_start();
    let starts_variable = head.starts_with(b"$") && !head.starts_with(b"$ ");
    starts_command(head)
        || (starts_variable && lines(head).any(|line| starts_command(after_assignment(line))))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|b| *b == b'\n').map(<[u8]>::trim_ascii_start)
}

fn starts_command(text: &[u8]) -> bool {
    /// Longer than every command.
    const MAX_WORD: usize = 32;
    let text = text.get(..MAX_WORD).unwrap_or(text);
    let end = text.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    COMMANDS.iter().any(|command| word.eq_ignore_ascii_case(command.as_bytes()))
}

/// What follows `$name =`; the text itself when it is no assignment.
fn after_assignment(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"$") else { return text };
    let name = rest.iter().take_while(|b| is_name(**b)).count();
    let rest = rest.get(name..).unwrap_or_default().trim_ascii_start();
    rest.strip_prefix(b"=").map_or(text, <[u8]>::trim_ascii_start)
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Reads the requests of the commands.
///
/// # Errors
/// For an expression, a variable or a parameter that is not known.
pub(super) fn read(
    max: usize,
    bytes: &[u8],
    file: &mut Files<'_>,
) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let failed = |why: String| {
        CaptureError::new(format!("the PowerShell command cannot be read: {why}"), HINT)
    };
    let mut script = Script {
        text: without_bom(bytes),
        at: 0,
        variables: Vec::new(),
        session: Session::default(),
        expansion_left: bytes.len().saturating_mul(4).saturating_add(64 << 10),
        files: FileReader { file, bytes_left: max },
    };
    let mut all = Vec::new();
    while let Some(request) = script.next_request().map_err(failed)? {
        let number = all.len() as u64 + 1;
        all.push(request.into_record(number).map_err(failed)?);
    }
    match all.is_empty() {
        true => Err(failed("there is no Invoke-WebRequest or Invoke-RestMethod in it".to_owned())),
        false => Ok(all),
    }
}

/// What a parameter can be.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    Text(String),
    /// Text as its bytes in UTF-8.
    Bytes(Vec<u8>),
    Table(Vec<(String, Value)>),
    /// What is not looked into.
    Other(String),
}

impl Value {
    fn len(&self) -> usize {
        match self {
            Self::Text(text) | Self::Other(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Table(table) => table.iter().map(|(key, value)| key.len() + value.len()).sum(),
        }
    }
}

/// What `$session` adds to requests.
#[derive(Default)]
struct Session {
    agent: Option<String>,
    cookies: Vec<String>,
}

struct Script<'t, 'r, 'f> {
    text: &'t [u8],
    at: usize,
    variables: Vec<(String, Value)>,
    session: Session,
    /// How many bytes variables may still stand for: one may hold another several times.
    expansion_left: usize,
    files: FileReader<'r, 'f>,
}

impl Script<'_, '_, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn eat(&mut self, word: &[u8]) -> bool {
        let is_there =
            self.rest().get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word));
        self.at += if is_there { word.len() } else { 0 };
        is_there
    }

    /// Blanks and continued lines.
    fn skip_blanks(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t', ..] => self.at += 1,
                [b'`', b'\r', b'\n', ..] => self.at += 3,
                [b'`', b'\n', ..] => self.at += 2,
                _ => break,
            }
        }
    }

    fn skip_all_blanks(&mut self) {
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(b'\r' | b'\n' | b';') => self.at += 1,
                Some(b'#') => self.skip_line(),
                _ => break,
            }
        }
    }

    fn skip_line(&mut self) {
        self.at += memchr::memchr(b'\n', self.rest()).unwrap_or(self.rest().len());
    }

    fn excerpt(&self) -> String {
        let line = self.rest().split(|b| *b == b'\n').next().unwrap_or_default();
        excerpt(line.trim_ascii())
    }

    /// The next statement that makes a request.
    fn next_request(&mut self) -> Result<Option<ExportedRequest>, String> {
        loop {
            self.skip_all_blanks();
            if self.rest().is_empty() {
                return Ok(None);
            }
            if starts_command(self.rest()) {
                return self.command().map(Some);
            }
            if self.peek() != Some(b'$') {
                return Err(format!("`{}` is no such command", self.excerpt()));
            }
            let rest = self.rest();
            let value = after_assignment(rest);
            if value.len() < rest.len() && starts_command(value) {
                self.at += rest.len() - value.len();
                return self.command().map(Some);
            }
            self.assignment()?;
        }
    }

    /// `$name = value`, `$session.UserAgent = value`, `$session.Cookies.Add(…)`.
    fn assignment(&mut self) -> Result<(), String> {
        self.at += 1;
        let is_part = |b: &u8| is_name(*b) || *b == b'.' || *b == b':';
        let length = self.rest().iter().take_while(|b| is_part(b)).count();
        let name = String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
            .to_ascii_lowercase();
        self.at += length;
        self.skip_blanks();
        if name.ends_with(".cookies.add") {
            return self.cookie();
        }
        if !self.eat(b"=") {
            return Err(format!("`{}` is no assignment", self.excerpt()));
        }
        self.skip_blanks();
        let value = self.value()?;
        self.end_of_statement()?;
        match (name.strip_suffix(".useragent"), value) {
            (Some(_), Value::Text(text)) => self.session.agent = Some(text),
            (_, value) => {
                const MAX_VARIABLES: usize = 100;
                self.variables.retain(|(known, _)| *known != name);
                if self.variables.len() < MAX_VARIABLES {
                    self.variables.push((name, value));
                }
            }
        }
        Ok(())
    }

    /// `((New-Object System.Net.Cookie("name", "value", "/", "domain")))`
    fn cookie(&mut self) -> Result<(), String> {
        let end = closing(self.rest()).ok_or("a parenthesis is not closed")?;
        let after = self.at + end;
        let start = memchr::memmem::find(self.rest().get(..end).unwrap_or_default(), b"Cookie(");
        self.at += start.ok_or_else(|| format!("`{}` is no cookie", self.excerpt()))? + 7;
        let mut parts = Vec::new();
        while parts.len() < 2 {
            self.skip_blanks();
            parts.push(self.text_value()?);
            self.skip_blanks();
            self.eat(b",");
        }
        self.session.cookies.push(parts.join("="));
        self.at = after;
        self.end_of_statement()
    }

    fn end_of_statement(&mut self) -> Result<(), String> {
        self.skip_blanks();
        match self.peek() {
            None | Some(b'\r' | b'\n' | b';' | b'#') => Ok(()),
            // Where the response goes changes no request.
            Some(b'|') => {
                self.skip_line();
                Ok(())
            }
            Some(_) => Err(format!("`{}` is an expression", self.excerpt())),
        }
    }

    fn command(&mut self) -> Result<ExportedRequest, String> {
        let length = self.rest().iter().take_while(|b| !b.is_ascii_whitespace()).count();
        self.at += length;
        let mut request =
            ExportedRequest { method: Some("GET".to_owned()), ..ExportedRequest::default() };
        let mut content_type = None;
        let mut agent = self.session.agent.clone();
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some(b'\r' | b'\n' | b';' | b'#' | b'|') => {
                    break self.end_of_statement()?;
                }
                Some(b'-') => {}
                Some(_) if request.url.is_none() => {
                    request.url = Some(self.text_value()?);
                    continue;
                }
                Some(_) => return Err(format!("`{}` is a second URL", self.excerpt())),
            }
            self.at += 1;
            let length = self.rest().iter().take_while(|b| is_name(**b)).count();
            let name = String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
                .to_ascii_lowercase();
            self.at += length;
            self.eat(b":");
            self.skip_blanks();
            match name.as_str() {
                "uri" | "url" => request.url = Some(self.text_value()?),
                "method" | "custommethod" => {
                    request.method = Some(self.text_value()?.to_ascii_uppercase())
                }
                "contenttype" => content_type = Some(self.text_value()?),
                "useragent" => agent = Some(self.text_value()?),
                "headers" => match self.value()? {
                    Value::Table(table) => add_headers(table, &mut request)?,
                    _ => return Err("its headers are no table of literals".to_owned()),
                },
                "body" => match self.value()? {
                    Value::Text(text) => {
                        // Its encoding depends on the version and the type.
                        if !text.is_ascii() {
                            request.lose(Loss::BodyLatin1);
                        }
                        request.text_body(&text);
                    }
                    Value::Bytes(bytes) => request.body = bytes,
                    Value::Table(table) => add_form(&table, &mut request)?,
                    Value::Other(what) => {
                        return Err(format!("its body is `{what}`, which is not evaluated"));
                    }
                },
                "infile" => {
                    let file = self.text_value()?;
                    request.body = self.files.read(file.as_bytes()).map_err(|why| match why {
                        FileError::Unread(why) => why,
                        FileError::TooLong => {
                            "the files that it names are longer than the limit".to_owned()
                        }
                    })?;
                }
                name if SWITCHES.contains(&name) => {}
                name if IGNORED.contains(&name) => drop(self.value()?),
                name => {
                    return Err(format!(
                        "the parameter -{} is not known",
                        excerpt(name.as_bytes())
                    ));
                }
            }
        }
        let own =
            [("User-Agent", agent), ("Cookie", self.cookies()), ("Content-Type", content_type)];
        for (name, value) in own {
            if let Some(value) = value.filter(|_| request.headers.get(name).is_none()) {
                request.header(name, value.as_bytes());
            }
        }
        if request.url.is_none() {
            return Err("it has no URL".to_owned());
        }
        Ok(request)
    }

    fn cookies(&self) -> Option<String> {
        (!self.session.cookies.is_empty()).then(|| self.session.cookies.join("; "))
    }

    fn text_value(&mut self) -> Result<String, String> {
        match self.value()? {
            Value::Text(text) => Ok(text),
            Value::Other(what) => Err(format!("`{what}` is not evaluated")),
            _ => Err("text is expected where there is a table or bytes".to_owned()),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        match self.rest() {
            [b'"', ..] => self.double_quoted().map(Value::Text),
            [b'\'', ..] => self.single_quoted().map(Value::Text),
            [b'@', b'"' | b'\'', ..] => self.here_string().map(Value::Text),
            [b'@', b'{', ..] => self.table(),
            [b'$', ..] => self.variable(),
            [b'(' | b'[', ..] => self.expression(),
            _ => {
                let is_end = |b: &u8| {
                    b.is_ascii_whitespace() || matches!(b, b';' | b'|' | b'`' | b'}' | b')' | b',')
                };
                let length = self.rest().iter().position(is_end).unwrap_or(self.rest().len());
                let word = String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
                    .into_owned();
                self.at += length;
                if word.is_empty() {
                    return Err(format!("a value is missing before `{}`", self.excerpt()));
                }
                // A command with its arguments: `New-Object …`.
                if word.to_ascii_lowercase().starts_with("new-object") {
                    self.skip_line();
                    return Ok(Value::Other(excerpt(word.as_bytes())));
                }
                Ok(Value::Text(word))
            }
        }
    }

    fn variable(&mut self) -> Result<Value, String> {
        self.at += 1;
        let length = self.rest().iter().take_while(|b| is_name(**b)).count();
        let name =
            String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default()).into_owned();
        self.at += length;
        let known = self.variables.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
        let Some((_, value)) = known else {
            return Ok(Value::Other(format!("${}", excerpt(name.as_bytes()))));
        };
        let left = self.expansion_left.checked_sub(value.len());
        self.expansion_left = left.ok_or("the values of its variables are too long")?;
        Ok(value.clone())
    }

    /// `([System.Text.Encoding]::UTF8.GetBytes("…"))`; anything else is not evaluated.
    fn expression(&mut self) -> Result<Value, String> {
        const BYTES: &[u8] = b"[System.Text.Encoding]::UTF8.GetBytes(";
        let start = self.at;
        let is_in_parentheses = self.eat(b"(");
        if self.eat(BYTES) || self.eat(b"[Text.Encoding]::UTF8.GetBytes(") {
            self.skip_blanks();
            let text = self.text_value()?;
            self.skip_blanks();
            if self.eat(b")") && (!is_in_parentheses || self.eat(b")")) {
                return Ok(Value::Bytes(text.into_bytes()));
            }
        } else if self.eat(b"[Convert]::FromBase64String(")
            || self.eat(b"[System.Convert]::FromBase64String(")
        {
            let text = self.text_value()?;
            if self.eat(b")") && (!is_in_parentheses || self.eat(b")")) {
                return STANDARD
                    .decode(text)
                    .map(Value::Bytes)
                    .map_err(|why| format!("its base64 is broken: {why}"));
            }
        }
        self.at = start;
        let rest = self.rest();
        let text = excerpt(rest.split(|b| *b == b'\n').next().unwrap_or_default());
        match closing(rest).filter(|_| rest.starts_with(b"(")) {
            Some(end) => self.at += end,
            None => self.skip_line(),
        }
        Ok(Value::Other(text))
    }

    fn table(&mut self) -> Result<Value, String> {
        self.at += 2;
        let mut table = Vec::new();
        loop {
            self.skip_all_blanks();
            match self.peek() {
                None => return Err("a table is not closed".to_owned()),
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Table(table));
                }
                Some(_) => {}
            }
            let key = match self.peek() {
                Some(b'"' | b'\'') => self.text_value()?,
                _ => {
                    let is_part = |b: &u8| is_name(*b) || *b == b'-';
                    let length = self.rest().iter().take_while(|b| is_part(b)).count();
                    let key =
                        String::from_utf8_lossy(self.rest().get(..length).unwrap_or_default())
                            .into_owned();
                    self.at += length;
                    key
                }
            };
            self.skip_blanks();
            if key.is_empty() || !self.eat(b"=") {
                return Err(format!("`{}` is no entry of a table", self.excerpt()));
            }
            self.skip_blanks();
            // Only text is needed of it; tables of tables have no end of their own.
            if self.rest().starts_with(b"@{") {
                return Err("a table holds a table".to_owned());
            }
            let value = self.value()?;
            table.push((key, value));
        }
    }
}

/// Browsers write the pseudo headers of HTTP/2 without their colon.
fn add_headers(table: Vec<(String, Value)>, request: &mut ExportedRequest) -> Result<(), String> {
    const PSEUDO: &[&str] = &["authority", "method", "path", "scheme"];
    let has = |name: &str| table.iter().any(|(known, _)| known == name);
    let has_pseudo = PSEUDO.iter().filter(|name| has(name)).count() >= 3;
    for (name, value) in table {
        match value {
            _ if has_pseudo && PSEUDO.contains(&&*name) => {}
            Value::Text(text) => request.header(&name, text.as_bytes()),
            Value::Other(what) => return Err(format!("`{what}` in its headers is not evaluated")),
            _ => return Err(format!("the {} header is no text", excerpt(name.as_bytes()))),
        }
    }
    Ok(())
}

fn add_form(table: &[(String, Value)], request: &mut ExportedRequest) -> Result<(), String> {
    let mut pairs = Vec::new();
    for (name, value) in table {
        let Value::Text(value) = value else {
            return Err("a field of its form is no text".to_owned());
        };
        pairs.push([form_encoded(name.as_bytes()), form_encoded(value.as_bytes())].join(&b'='));
    }
    request.lose(Loss::BodyFormFields);
    request.body = pairs.join(&b'&');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;

    fn try_read(text: &str) -> Result<Vec<DeliveryRecord>, CaptureError> {
        read(1000, text.as_bytes(), &mut |_, _| Ok(b"{\r\n}".to_vec()))
    }

    fn parts(text: &str) -> Vec<String> {
        let all = try_read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        let part = |record: DeliveryRecord| {
            let delivery = record.delivery;
            let headers: Vec<_> = delivery
                .headers
                .iter()
                .map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v)))
                .collect();
            let losses: Vec<_> = record.losses.iter().map(|loss| loss.code()).collect();
            let body = String::from_utf8_lossy(&delivery.body).into_owned();
            format!(
                "{} {} {} {body} {}",
                delivery.method,
                delivery.target,
                headers.join("|"),
                losses.join(",")
            )
        };
        all.into_iter().map(part).collect()
    }

    const CHROME: &str = "$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession
$session.UserAgent = \"Mozilla/5.0 (X11)\"
$session.Cookies.Add((New-Object System.Net.Cookie(\"a\", \"b)c\", \"/\", \"example.com\")))
$session.Cookies.Add((New-Object System.Net.Cookie(\"d\", \"e\", \"/\", \"example.com\")))
Invoke-WebRequest -UseBasicParsing -Uri \"https://example.com/hook?a=`$b\" `
-Method \"POST\" `
-WebSession $session `
-Headers @{
\"authority\"=\"example.com\"
  \"method\"=\"POST\"
  \"path\"=\"/hook\"
  \"scheme\"=\"https\"
  \"accept\"=\"*/*\"
  \"sec-ch-ua\"=\"`\"Chromium`\";v=`\"128`\"\"
} `
-ContentType \"application/json\" `
-Body ([System.Text.Encoding]::UTF8.GetBytes(\"{`\"a`\":`\"$([char]8364)$([char]55357)$([char]56832)`\"}$([char]10)\"))";

    #[test]
    fn the_copies_of_browsers_are_read() {
        let expected = "POST /hook?a=$b Host: example.com|accept: */*|sec-ch-ua: \"Chromium\";v=\"128\"|User-Agent: Mozilla/5.0 (X11)|Cookie: a=b)c; d=e|Content-Type: application/json {\"a\":\"€😀\"}\n ";
        assert_eq!(parts(CHROME), [expected]);
        assert_eq!(parts(&CHROME.replace('\n', "\r\n")), [expected]);
        assert_eq!(parts(&format!("{CHROME};\r\n{CHROME}")).len(), 2);
        let own = "$body = @'\n{\"it's\": 1}\n'@\n$headers = @{ 'X-Sig' = 's'; Accept = \"*/*\" }\n$r = Invoke-RestMethod http://h:1/x -Method Post -Headers $headers -Body $body | ConvertTo-Json\n";
        assert_eq!(parts(own), ["POST /x Host: h:1|X-Sig: s|Accept: */* {\"it's\": 1} "]);
        assert_eq!(
            parts("irm -Uri http://h -Method PUT -InFile ./a.json"),
            ["PUT / Host: h {\r\n} "]
        );
        assert_eq!(
            parts("iwr http://h -Method POST -Body @{a='1 2';b='é'}"),
            ["POST / Host: h a=1+2&b=%C3%A9 body.form_fields"]
        );
        assert_eq!(parts("iwr http://h -Method POST -Body 'é'"), ["POST / Host: h é body.latin1"]);
        for text in [CHROME, own, "Invoke-WebRequest -Uri h"] {
            assert_eq!(
                detect(text.as_bytes()).map(|format| format.name).map_err(|e| e.clause),
                Ok("powershell")
            );
        }
    }

    #[test]
    fn what_is_not_evaluated_is_named() {
        for (text, why) in [
            (
                "irm http://h -Body ($x | ConvertTo-Json)",
                "its body is `($x | ConvertTo-Json)`, which is not evaluated",
            ),
            ("irm http://h -Body $body", "its body is `$body`"),
            ("irm http://h -Body \"a $x\"", "`$x` is not known"),
            ("irm http://h -Body \"$(Get-Date)\"", "is an expression"),
            ("irm http://h -Headers @{a=$x}", "`$x` in its headers"),
            ("irm http://h -Frob", "the parameter -frob is not known"),
            ("irm -Method POST", "it has no URL"),
            ("irm http://h -Body \"a", "not closed"),
            ("$a = 1\nGet-Item", "`Get-Item` is no such command"),
            ("$a = 1", "there is no Invoke-WebRequest"),
            ("$a = 'b' + 'c'\nirm http://h", "`+ 'c'` is an expression"),
            ("irm http://h -Headers @{ a = @{", "a table holds a table"),
        ] {
            let error = try_read(text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    #[test]
    fn variables_that_hold_one_another_do_not_explode() {
        assert!(try_read(&"$a=1;".repeat(100_000)).is_err());
        let mut text = "$a0 = \"xxxxxxxxxxxxxxxx\"\n".to_owned();
        for n in 0..60 {
            text += &format!("$a{} = \"$a{n}$a{n}\"\n", n + 1);
        }
        text += "irm http://h -Body $a60";
        let error = try_read(&text).unwrap_err().to_string();
        assert!(error.contains("too long"), "{error}");
    }
}
