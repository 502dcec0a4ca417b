//! What the responses of an endpoint show about the program behind it: the framework, so that advice can name its
//! functions, and the error pages that frameworks and proxies send instead of the handler.

use memchr::memmem;

use super::case::Case;
use crate::http::Response;

/// Something in a response that only one program writes.
#[derive(Debug)]
enum Mark {
    /// A header whose value, in lower case, contains this text; a header that is there, if the text is empty.
    Header(&'static str, &'static str),
    /// A body that contains all of these.
    Body(&'static [&'static str]),
    /// A status.
    Status(u16),
}

use Mark::{Body, Header, Status};

/// A framework, and what to do in it.
#[derive(Debug)]
pub struct Framework {
    pub name: &'static str,
    /// One of these is enough.
    marks: &'static [Mark],
    /// How to get the bytes of a request's body.
    raw_body: &'static str,
    /// How to accept larger bodies.
    body_limit: &'static str,
}

/// The frameworks that are recognised; one that another is built on comes after it.
const FRAMEWORKS: [Framework; 12] = [
    Framework {
        name: "Next.js",
        marks: &[
            Header("x-powered-by", "next.js"),
            Header("x-nextjs-cache", ""),
            Header("vary", "next-router-state-tree"),
            Body(&["/_next/static/"]),
        ],
        raw_body: "In a route handler, hash await request.text() before JSON.parse. In pages/api, export config = \
                   { api: { bodyParser: false } } and read the stream.",
        body_limit: "In pages/api, export config = { api: { bodyParser: { sizeLimit: '1mb' } } }.",
    },
    Framework {
        name: "Fastify",
        marks: &[Body(&["\"statusCode\":", "FST_ERR_"])],
        raw_body: "Add a parser that keeps the bytes: addContentTypeParser('application/json', \
                   { parseAs: 'buffer' }, …). Hash that buffer, then parse it.",
        body_limit: "Set bodyLimit: 1048576 on the server or the route.",
    },
    Framework {
        name: "Express",
        marks: &[
            Header("x-powered-by", "express"),
            Body(&["<pre>Cannot "]),
            Body(&["node_modules/express/"]),
        ],
        raw_body: "Use express.raw({ type: '*/*' }) for this route, before express.json(). Hash req.body, which \
                   is then a Buffer, and parse it afterwards.",
        body_limit: "Give the body parser a limit: express.raw({ type: '*/*', limit: '1mb' }).",
    },
    Framework {
        name: "Django",
        marks: &[
            Header("server", "wsgiserver"),
            Body(&["csrfmiddlewaretoken"]),
            Body(&["CSRF verification failed"]),
            Body(&["DEBUG = True</code>"]),
        ],
        raw_body: "Hash request.body, which has the bytes. Call json.loads(request.body) only afterwards.",
        body_limit: "Raise DATA_UPLOAD_MAX_MEMORY_SIZE to 1048576 or more.",
    },
    Framework {
        name: "FastAPI",
        marks: &[
            Header("server", "uvicorn"),
            Header("server", "hypercorn"),
            Body(&["{\"detail\":\"Not Found\"}"]),
            Body(&["{\"detail\":\"Method Not Allowed\"}"]),
            Body(&["{\"detail\":[{\"type\":", "\"loc\":"]),
        ],
        raw_body: "Take `request: Request` as the parameter and hash await request.body(). A model as the \
                   parameter does not have the bytes any more.",
        body_limit: "Raise the limit of the server or the proxy in front of it: FastAPI itself has none.",
    },
    Framework {
        name: "Flask",
        marks: &[
            Header("server", "werkzeug"),
            Body(&["The method is not allowed for the requested URL."]),
            Body(&["Werkzeug Debugger"]),
        ],
        raw_body: "Hash request.get_data(), and call request.get_json() only afterwards.",
        body_limit: "Raise app.config['MAX_CONTENT_LENGTH'] to 1048576 or more.",
    },
    Framework {
        name: "Rails",
        marks: &[
            Header("x-runtime", ""),
            Body(&["Action Controller: Exception caught"]),
            Body(&["If you are the application owner check the logs for more information."]),
        ],
        raw_body: "Hash request.raw_post. params and params.to_json do not have the bytes.",
        body_limit: "Raise the limit of the proxy in front of it, such as client_max_body_size.",
    },
    Framework {
        name: "Laravel",
        marks: &[
            Header("set-cookie", "laravel_session"),
            Header("set-cookie", "laravel-session"),
            Body(&["Whoops, looks like something went wrong"]),
            Body(&["Illuminate\\"]),
        ],
        raw_body: "Hash $request->getContent(). $request->all() and $request->json() do not have the bytes.",
        body_limit: "Raise post_max_size in php.ini, and the limit of the proxy in front of it.",
    },
    Framework {
        name: "Spring",
        marks: &[
            Body(&["Whitelabel Error Page"]),
            Body(&["\"timestamp\":", "\"status\":", "\"error\":", "\"path\":"]),
        ],
        raw_body: "Take `@RequestBody byte[] body`, hash it, and call objectMapper.readValue(body, …) afterwards.",
        body_limit: "Raise server.tomcat.max-swallow-size and spring.codec.max-in-memory-size.",
    },
    Framework {
        name: "ASP.NET Core",
        marks: &[
            Header("server", "kestrel"),
            Header("x-powered-by", "asp.net"),
            Body(&["\"traceId\":\"00-", "tools.ietf.org/html/rfc"]),
        ],
        raw_body: "Call Request.EnableBuffering(), read Request.Body into a byte array and hash it, before model \
                   binding.",
        body_limit: "Raise KestrelServerOptions.Limits.MaxRequestBodySize.",
    },
    Framework {
        name: "PHP",
        marks: &[Header("x-powered-by", "php/")],
        raw_body: "Hash file_get_contents('php://input'), and call json_decode only afterwards.",
        body_limit: "Raise post_max_size in php.ini.",
    },
    Framework {
        name: "Go net/http",
        marks: &[Body(&["404 page not found\n"])],
        raw_body: "Hash the bytes of io.ReadAll(r.Body), and call json.Unmarshal on them afterwards.",
        body_limit: "Raise the limit of http.MaxBytesReader.",
    },
];

/// A page that did not come from the handler of webhooks, or came from its crash.
#[derive(Debug)]
pub struct Page {
    /// What it is, in a clause.
    pub name: &'static str,
    /// What to do.
    pub hint: &'static str,
    /// Whether no handler saw the request: other signatures get the same page.
    pub is_before_handler: bool,
    /// All of these are needed.
    marks: &'static [Mark],
}

/// The pages that are recognised; the first that fits is it.
const PAGES: [Page; 22] = [
    before(
        "Django's CSRF page",
        "decorate the view with @csrf_exempt: a webhook has no CSRF token",
        &[Body(&["CSRF verification failed"])],
    ),
    before(
        "Rails' CSRF check",
        "add skip_before_action :verify_authenticity_token to the controller: a webhook has no CSRF token",
        &[Body(&["InvalidAuthenticityToken"])],
    ),
    before(
        "Rails' CSRF check",
        "add skip_before_action :verify_authenticity_token to the controller: a webhook has no CSRF token",
        &[Status(422), Body(&["The change you wanted was rejected"])],
    ),
    before(
        "Laravel's CSRF check",
        "exclude the path with validateCsrfTokens(except: [...]), or use routes/api.php: a webhook has no CSRF token",
        &[Status(419)],
    ),
    before(
        "Express' page for a path without a handler",
        "check the path of the URL, and that it is registered with app.post(...)",
        &[Body(&["<pre>Cannot POST "])],
    ),
    before(
        "Next.js' response to a method without a handler",
        "export async function POST in route.ts, and check the path of the URL",
        &[Status(405), Header("vary", "next-router-state-tree")],
    ),
    before(
        "Next.js' response to a method without a handler",
        "export async function POST in route.ts, and check the path of the URL",
        &[Status(405), Header("x-powered-by", "next.js")],
    ),
    before(
        "the page of a tunnel without an application behind it",
        "check that the application runs, and that the tunnel has its port",
        &[Header("ngrok-error-code", "")],
    ),
    before("a gateway error of nginx", NO_APPLICATION, &[Status(502), Body(&["nginx"])]),
    before("a gateway error of nginx", NO_APPLICATION, &[Status(504), Body(&["nginx"])]),
    before(
        "a gateway error of a load balancer",
        NO_APPLICATION,
        &[Status(502), Header("server", "awselb")],
    ),
    before(
        "a gateway error of a load balancer",
        NO_APPLICATION,
        &[Status(503), Header("server", "awselb")],
    ),
    before(
        "a gateway error of a load balancer",
        NO_APPLICATION,
        &[Status(504), Header("server", "awselb")],
    ),
    before("a gateway error of a proxy", NO_APPLICATION, &[Status(502)]),
    before("a gateway error of a proxy", NO_APPLICATION, &[Status(504)]),
    page("Werkzeug's page for an exception", LOG, &[Body(&["Werkzeug Debugger"])]),
    page("Express' page for an exception", LOG, &[Body(&["<pre>", "&nbsp;at "])]),
    page(
        "Laravel's page for an exception",
        LOG,
        &[Body(&["Whoops, looks like something went wrong"])],
    ),
    page("Laravel's page for an exception", LOG, &[Status(500), Body(&["Illuminate\\"])]),
    page(
        "Rails' page for an exception",
        LOG,
        &[Status(500), Body(&["Action Controller: Exception caught"])],
    ),
    page("Spring's error page", LOG, &[Body(&["Whitelabel Error Page"])]),
    page("Django's page for an exception", LOG, &[Status(500), Body(&["DEBUG = True</code>"])]),
];

const NO_APPLICATION: &str = "the proxy in front got no usable response from your application: check that it runs, \
                              and that the proxy has its address";
const LOG: &str = "the handler failed instead of responding: see the log of the endpoint";

const fn before(name: &'static str, hint: &'static str, marks: &'static [Mark]) -> Page {
    Page { name, hint, is_before_handler: true, marks }
}

const fn page(name: &'static str, hint: &'static str, marks: &'static [Mark]) -> Page {
    Page { name, hint, is_before_handler: false, marks }
}

/// What the advice of a framework is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameworkTopic {
    /// How to get the bytes of a request's body.
    RawBody,
    /// How to accept larger bodies.
    BodyLimit,
}

impl FrameworkTopic {
    /// The topic of the advice to an endpoint that fails a case.
    pub fn of_case(case: &Case) -> Option<Self> {
        match case.category {
            "accept" if is_about_size(&case.id) => Some(Self::BodyLimit),
            "accept" | "bytes" => Some(Self::RawBody),
            _ => None,
        }
    }

    /// The topic of the advice of a finding.
    pub fn of_finding(code: &str) -> Option<Self> {
        match code {
            "body-limit" => Some(Self::BodyLimit),
            "reserialized-json" | "changed-bytes" | "not-verified" => Some(Self::RawBody),
            _ => None,
        }
    }
}

/// Whether a case sends a body of a certain size.
pub fn is_about_size(id: &str) -> bool {
    id.starts_with("accept/body-")
}

impl Framework {
    /// What to do in the framework.
    pub fn advice(&self, topic: FrameworkTopic) -> &'static str {
        match topic {
            FrameworkTopic::RawBody => self.raw_body,
            FrameworkTopic::BodyLimit => self.body_limit,
        }
    }

    /// The same, with the name of the framework.
    pub fn named_advice(&self, topic: FrameworkTopic) -> String {
        format!("{}: {}", self.name, self.advice(topic))
    }

    /// The names of the frameworks that there is advice for.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FRAMEWORKS.iter().map(|framework| framework.name)
    }

    /// The framework of this name, or of the beginning of it: letters and digits count, in any case.
    pub fn named(name: &str) -> Option<&'static Self> {
        let letters = |text: &str| -> String {
            text.chars()
                .filter(char::is_ascii_alphanumeric)
                .map(|c| c.to_ascii_lowercase())
                .collect()
        };
        let given = letters(name);
        let named = |same: &dyn Fn(&str) -> bool| {
            FRAMEWORKS.iter().find(|framework| same(&letters(framework.name)))
        };
        let is_start = |name: &str| given.len() > 1 && name.starts_with(&given);
        named(&|name| name == given).or_else(|| named(&is_start))
    }
}

impl Mark {
    fn is_in(&self, response: &Response) -> bool {
        match self {
            Header(name, text) => response.headers.iter().any(|(other, value)| {
                let value = value.to_ascii_lowercase();
                other.eq_ignore_ascii_case(name)
                    && (text.is_empty() || memmem::find(&value, text.as_bytes()).is_some())
            }),
            Body(all) => {
                all.iter().all(|text| memmem::find(&response.body, text.as_bytes()).is_some())
            }
            Status(status) => response.status == *status,
        }
    }
}

/// The framework that these responses show: the one that most of them show, the earlier in the list of two.
pub fn framework<'r>(
    responses: impl IntoIterator<Item = &'r Response>,
) -> Option<&'static Framework> {
    let mut counts = [0_usize; FRAMEWORKS.len()];
    for response in responses {
        let found = FRAMEWORKS.iter().position(|f| f.marks.iter().any(|m| m.is_in(response)));
        if let Some(count) = found.and_then(|found| counts.get_mut(found)) {
            *count += 1;
        }
    }
    let best = counts.iter().copied().max().filter(|count| *count > 0)?;
    FRAMEWORKS.iter().zip(counts).find(|(_, count)| *count == best).map(|(found, _)| found)
}

/// The known page that a response is.
pub fn known_page(response: &Response) -> Option<&'static Page> {
    if response.is_success() {
        return None;
    }
    PAGES.iter().find(|page| page.marks.iter().all(|mark| mark.is_in(response)))
}

/// What a response says about authentication in front of the handler, and what to do; a clause each.
pub fn authentication(response: &Response) -> Option<(String, &'static str)> {
    const HINT: &str =
        "give the credentials with -H 'Authorization: …', or exempt the path: a provider has none";
    let get = |name| response.headers.get(name).map(|value| String::from_utf8_lossy(value));
    match response.status / 100 {
        4 => {
            let scheme = get("www-authenticate")?;
            let scheme: String = scheme.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
            Some((format!("it asks for authentication ({scheme})"), HINT))
        }
        3 => {
            const WORDS: [&str; 7] =
                ["login", "log-in", "signin", "sign-in", "sign_in", "sso", "oauth"];
            let to = get("location")?.to_ascii_lowercase();
            let words: Vec<&str> = to.split(['/', '?', '&', '=', '.', '#']).collect();
            let is_login = WORDS.iter().any(|word| words.contains(word));
            is_login.then(|| ("it asks to log in".to_owned(), HINT))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::webhook::delivery::Headers;

    fn response(status: u16, header: (&str, &str), body: &str) -> Response {
        let mut headers = Headers::default();
        if !header.0.is_empty() {
            headers.push(header.0, header.1);
        }
        let body = body.as_bytes().to_vec();
        let (phrase, clipped, duration) = (String::new(), false, Duration::ZERO);
        Response { status, phrase, headers, body, clipped, duration }
    }

    const NONE: (&str, &str) = ("", "");

    #[test]
    fn frameworks_are_recognised_by_what_only_they_write() {
        for (name, header, body) in [
            ("Express", ("x-powered-by", "Express"), ""),
            ("Express", NONE, "<pre>Cannot GET /webhook</pre>"),
            ("Next.js", ("x-powered-by", "Next.js"), ""),
            ("Fastify", NONE, r#"{"statusCode":415,"code":"FST_ERR_CTP_INVALID_MEDIA_TYPE"}"#),
            ("Django", ("server", "WSGIServer/0.2 CPython/3.12"), ""),
            ("FastAPI", ("server", "uvicorn"), "{}"),
            ("Flask", ("server", "Werkzeug/3.0.1 Python/3.12"), ""),
            ("Rails", ("x-runtime", "0.004"), ""),
            ("Laravel", ("set-cookie", "laravel_session=abc"), ""),
            ("Spring", NONE, r#"{"timestamp":"x","status":405,"error":"E","path":"/"}"#),
            ("ASP.NET Core", ("server", "Kestrel"), ""),
            ("PHP", ("x-powered-by", "PHP/8.3.1"), ""),
            ("Go net/http", NONE, "404 page not found\n"),
        ] {
            let one = response(405, header, body);
            let others = [response(200, NONE, "{}"), response(401, NONE, "no")];
            let found = framework(others.iter().chain([&one]));
            assert_eq!(found.map(|found| found.name), Some(name));
        }
        let unknown = [response(200, NONE, "{}"), response(405, ("server", "nginx"), "")];
        assert!(framework(&unknown).is_none());
        assert!(framework(&[]).is_none());
    }

    #[test]
    fn pages_of_frameworks_and_proxies_are_recognised() {
        for (status, body, name, is_before) in [
            (403, "<p>CSRF verification failed. Request aborted.</p>", "Django's CSRF page", true),
            (419, "", "Laravel's CSRF check", true),
            (404, "<pre>Cannot POST /x</pre>", "Express' page for a path without a handler", true),
            (502, "<center>nginx/1.25</center>", "a gateway error of nginx", true),
            (504, "", "a gateway error of a proxy", true),
            (500, "<pre>Error: x<br> &nbsp; &nbsp;at f", "Express' page for an exception", false),
            (
                500,
                "Whoops, looks like something went wrong.",
                "Laravel's page for an exception",
                false,
            ),
        ] {
            let found = known_page(&response(status, NONE, body)).expect(name);
            assert_eq!((found.name, found.is_before_handler), (name, is_before));
        }
        assert!(known_page(&response(200, NONE, "CSRF verification failed")).is_none());
        assert!(known_page(&response(401, NONE, "Invalid signature")).is_none());
    }

    #[test]
    fn authentication_in_front_is_recognised() {
        let basic = response(401, ("www-authenticate", "Basic realm=\"x\""), "");
        assert_eq!(authentication(&basic).unwrap().0, "it asks for authentication (Basic)");
        for to in ["/login?next=/webhook", "https://a.b/users/sign_in", "/oauth/authorize"] {
            assert!(authentication(&response(302, ("location", to), "")).is_some(), "{to}");
        }
        for to in ["/webhook/", "https://login-free.example/webhook"] {
            assert!(authentication(&response(302, ("location", to), "")).is_none(), "{to}");
        }
        assert!(authentication(&response(401, NONE, "")).is_none());
    }
}
