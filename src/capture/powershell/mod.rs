//! Requests of PowerShell, `Invoke-WebRequest` and `Invoke-RestMethod`, as browsers copy them and people write them with
//! literals. Nothing is run: what only PowerShell could know is an error.

mod request;
mod script;
mod strings;
mod values;

use crate::webhook::payload::json::without_bom;
use crate::webhook::record::DeliveryRecord;

use crate::capture::error::CaptureError;
use crate::capture::exported::ExportedRequest;
use crate::capture::files::{FileReader, Files};
use script::{Script, Session, Value, is_name};

const HINT: &str = "copy it again, as cURL (bash), or write the value in its place; if the file is a body, give --format body";
const COMMANDS: &[&str] = &["invoke-webrequest", "invoke-restmethod", "iwr", "irm"];

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
        fuel: bytes.len().saturating_mul(4).saturating_add(4096),
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

impl Script<'_, '_, '_> {
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
        if let Some(table) = name.strip_suffix(".add") {
            return self.add(table);
        }
        match self.peek() {
            Some(b'[') => return self.indexed(&name),
            // What is done with a response changes no request.
            None | Some(b'|' | b'\r' | b'\n') => return self.end_of_statement(),
            _ => {}
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

    /// `$headers.Add("name", "value")`
    fn add(&mut self, table: &str) -> Result<(), String> {
        let no_entry = |script: &Self| format!("`{}` is no entry of a table", script.excerpt());
        let start = self.at;
        if !self.eat(b"(") {
            return Err(no_entry(self));
        }
        self.skip_blanks();
        let key = self.text_value()?;
        self.skip_blanks();
        if !self.eat(b",") {
            self.at = start;
            return Err(no_entry(self));
        }
        self.skip_blanks();
        let value = self.text_value()?;
        self.skip_blanks();
        if !self.eat(b")") {
            return Err(no_entry(self));
        }
        self.set_entry(table, key, value)
    }

    /// `$headers["name"] = "value"`
    fn indexed(&mut self, table: &str) -> Result<(), String> {
        self.at += 1;
        let key = self.text_value()?;
        let is_closed = self.eat(b"]");
        self.skip_blanks();
        if !is_closed || !self.eat(b"=") {
            return Err(format!("`{}` is no assignment", self.excerpt()));
        }
        self.skip_blanks();
        let value = self.text_value()?;
        self.set_entry(table, key, value)
    }

    fn set_entry(&mut self, table: &str, key: String, value: String) -> Result<(), String> {
        let known = self.variables.iter_mut().find(|(name, _)| name == table);
        let Some((_, Value::Table(entries))) = known else {
            return Err(format!("`${table}` is not a table"));
        };
        // Each one is compared with all others.
        const MAX_ENTRIES: usize = 1000;
        if entries.len() >= MAX_ENTRIES {
            return Err(format!("`${table}` has more than {MAX_ENTRIES} entries"));
        }
        entries.retain(|(name, _)| !name.eq_ignore_ascii_case(&key));
        entries.push((key, Value::Text(value)));
        self.end_of_statement()
    }

    /// `((New-Object System.Net.Cookie("name", "value", "/", "domain")))`
    fn cookie(&mut self) -> Result<(), String> {
        let line = self.rest().split(|b| *b == b'\n').next().unwrap_or_default();
        let start = memchr::memmem::find(line, b"Cookie(");
        self.at += start.ok_or_else(|| format!("`{}` is no cookie", self.excerpt()))? + 7;
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            parts.push(self.text_value()?);
            self.skip_blanks();
            if !self.eat(b",") {
                break;
            }
        }
        while self.eat(b")") {}
        parts.truncate(2);
        self.session.cookies.push(parts.join("="));
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{detect, shown};

    fn try_read(text: &str) -> Result<Vec<DeliveryRecord>, CaptureError> {
        read(1000, text.as_bytes(), &mut |_, _| Ok(b"{\r\n}".to_vec()))
    }

    fn parts(text: &str) -> Vec<String> {
        let all = try_read(text).unwrap_or_else(|why| panic!("{text}: {why}"));
        all.iter().map(shown).collect()
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

    #[test]
    fn headers_that_are_added_one_by_one_are_read() {
        for (made, more) in [
            ("New-Object \"System.Collections.Generic.Dictionary[[String],[String]]\"", ""),
            ("@{}", "$headers[\"X-More\"] = 'b'\n"),
        ] {
            let text = format!(
                "$headers = {made}\n$headers.Add(\"Content-Type\", \"application/json\")\n{more}\n$body = \"{{`n  `\"a`\": 1`n}}\"\n\n$response = Invoke-RestMethod 'http://h/x' -Method 'POST' -Headers $headers -Body $body\n$response | ConvertTo-Json"
            );
            let more = if more.is_empty() { "" } else { "|X-More: b" };
            assert_eq!(
                parts(&text),
                [format!(
                    "POST /x Host: h|Content-Type: application/json{more} {{\n  \"a\": 1\n}} "
                )]
            );
        }
        let error = try_read("$a.Add('b', 'c')\nirm http://h").unwrap_err().to_string();
        assert!(error.contains("`$a` is not a table"), "{error}");
        let many: String = (0..2000).map(|n| format!("$a.Add('{n}', 'b')\n")).collect();
        let text = format!("$a = @{{}}\n{many}irm http://h");
        let many = read(1000, text.as_bytes(), &mut |_, _| Err("no".to_owned())).unwrap_err();
        assert!(many.to_string().contains("more than 1000 entries"), "{many}");
    }
}
