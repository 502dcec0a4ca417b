//! The request of a command of PowerShell: its parameters, the session, and what they add to the request.

use super::script::{Script, Value, is_name};
use crate::capture::error::excerpt;
use crate::capture::exported::ExportedRequest;
use crate::capture::url::form_encoded;
use crate::webhook::record::Loss;

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

impl Script<'_, '_, '_> {
    pub(super) fn command(&mut self) -> Result<ExportedRequest, String> {
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
                    request.body = self.files.read(file.as_bytes()).map_err(String::from)?;
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

    pub(super) fn cookies(&self) -> Option<String> {
        (!self.session.cookies.is_empty()).then(|| self.session.cookies.join("; "))
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
