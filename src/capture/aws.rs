//! The events that AWS hands to a Lambda function for an HTTP request: of API Gateway (REST and HTTP APIs), of a
//! function URL and of a load balancer. Netlify's functions get the same. One event, an array, or one a line.

use crate::webhook::payload::json::{Kind, Node};
use crate::webhook::record::{DeliveryRecord, Loss};

use super::content::Content;
use super::error::CaptureError;
use super::exported::{Export, ExportedRequest, entries, query_of, text, time};

const EXPORT: Export = Export {
    name: "the Lambda events",
    entry: "event",
    hint: "give the event as the function gets it: JSON.stringify(event); if the file is a body, give --format body",
};

/// Whether a file starts with such an event.
pub(super) fn is_event(file: &Content<'_>) -> bool {
    ["", "0/"].iter().any(|at| {
        let has = |path: &str| file.at(&format!("{at}{path}")).is_some();
        let has_headers = has("headers") || has("multiValueHeaders");
        let is_http = has("httpMethod") && has("path");
        // Samples of the REST API's events often lack `isBase64Encoded`.
        let is_rest = is_http && has("resource") && has("requestContext") && has("body");
        let is_encoded = has("isBase64Encoded") && (is_http || has("requestContext/http/method"));
        has_headers && (is_encoded || is_rest)
    })
}

/// Reads the requests of the events.
///
/// # Errors
/// For an event that is no HTTP request; it is named.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<DeliveryRecord>, CaptureError> {
    let documents = EXPORT.documents(bytes)?;
    EXPORT.records(entries(&documents, &[]).into_iter(), |event| request(event).map(Some))
}

fn request(event: Node<'_, '_>) -> Result<ExportedRequest, String> {
    let mut request = ExportedRequest::default();
    let is_version2 = event.at_pointer("/requestContext/http").is_some();
    let method = if is_version2 { "/requestContext/http/method" } else { "/httpMethod" };
    request.method = Some(text(event, method).ok_or("it has no HTTP method")?.into_owned());
    let path = if is_version2 { "/rawPath" } else { "/path" };
    let path = text(event, path).ok_or("it has no path")?;
    let query = query(event, is_version2, &mut request);
    let mark = if query.is_empty() { "" } else { "?" };
    request.url = Some(format!("{path}{mark}{query}"));
    let of_any_count = event.get("multiValueHeaders").filter(|all| all.kind() == Kind::Object);
    if let Some(headers) = of_any_count.or_else(|| event.get("headers")) {
        request.headers_of(headers)?;
    }
    // Version 2 takes them out of the headers.
    let cookies: Vec<_> =
        event.get("cookies").into_iter().flat_map(Node::items).filter_map(Node::text).collect();
    if !cookies.is_empty() && request.headers.get("cookie").is_none() {
        request.header("cookie", cookies.join("; ").as_bytes());
    }
    request.lose(Loss::HeaderNames);
    let body = event.get("body");
    if event.get("isBase64Encoded").is_some_and(|is| is.raw() == "true") {
        request.base64_body(&body.and_then(Node::text).unwrap_or_default())?;
    } else if let Some(body) = body {
        request.body_of(body);
    }
    let times = ["/requestContext/timeEpoch", "/requestContext/requestTimeEpoch"];
    request.received_at = times.iter().find_map(|at| event.at_pointer(at)).and_then(time);
    Ok(request)
}

fn query(event: Node<'_, '_>, is_version2: bool, request: &mut ExportedRequest) -> String {
    let raw = if is_version2 { event.get("rawQueryString") } else { event.get("rawQuery") };
    if let Some(raw) = raw.and_then(Node::text) {
        return raw.into_owned();
    }
    let of_any_count = event.get("multiValueQueryStringParameters");
    let of_any_count = of_any_count.filter(|all| all.kind() == Kind::Object);
    let Some(all) = of_any_count.or_else(|| event.get("queryStringParameters")) else {
        return String::new();
    };
    if all.entries().next().is_none() {
        return String::new();
    }
    // A load balancer leaves them as they were sent, but not their order.
    request.lose(Loss::Query);
    if event.at_pointer("/requestContext/elb").is_none() {
        return query_of(all);
    }
    let mut pairs = Vec::new();
    for (name, value) in all.entries() {
        let name = name.text().unwrap_or_default();
        let values: Vec<_> = match value.kind() {
            Kind::Array => value.items().collect(),
            _ => vec![value],
        };
        let values = values.into_iter().filter_map(Node::text);
        pairs.extend(values.map(|value| format!("{name}={value}")));
    }
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::detect;
    use crate::webhook::delivery::Delivery;

    fn only(event: &str) -> (Delivery, Vec<Loss>) {
        assert_eq!(detect(event.as_bytes()).map(|format| format.name), Ok("aws"), "{event}");
        let mut all = read(event.as_bytes()).unwrap();
        assert_eq!(all.len(), 1);
        let only = all.remove(0);
        (only.delivery, only.losses)
    }

    fn headers(delivery: &Delivery) -> Vec<(String, String)> {
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        delivery.headers.iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
    }

    const REST: &str = r#"{"resource":"/{proxy+}","path":"/hook","httpMethod":"POST",
        "headers":{"Content-Type":"application/json","X-Sig":"2"},
        "multiValueHeaders":{"Content-Type":["application/json"],"X-Sig":["1","2"]},
        "queryStringParameters":{"a":"b c"},"multiValueQueryStringParameters":{"a":["1","b c"],"é":["&"]},
        "pathParameters":{"proxy":"hook"},"stageVariables":null,
        "requestContext":{"resourceId":"x","stage":"prod","requestTimeEpoch":1583348638390,"identity":{"sourceIp":"1.2.3.4"},"domainName":"x.execute-api.eu-west-1.amazonaws.com"},
        "body":"{\"a\":\"é\"}\n","isBase64Encoded":false}"#;

    #[test]
    fn events_of_a_rest_api_keep_each_header() {
        let (delivery, losses) = only(REST);
        assert_eq!(
            (delivery.method.as_str(), &*delivery.target),
            ("POST", "/hook?a=1&a=b+c&%C3%A9=%26")
        );
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected =
            [pair("Content-Type", "application/json"), pair("X-Sig", "1"), pair("X-Sig", "2")];
        assert_eq!(headers(&delivery), expected);
        assert_eq!(&delivery.body[..], "{\"a\":\"é\"}\n".as_bytes());
        assert_eq!(delivery.received_at.unwrap().to_string(), "2020-03-04T19:03:58.39Z");
        assert_eq!(losses, [Loss::HeaderNames, Loss::Query]);
    }

    #[test]
    fn events_of_version_2_have_the_raw_query_and_cookies() {
        let event = r#"{"version":"2.0","routeKey":"$default","rawPath":"/hook","rawQueryString":"a=b%20c&a=2",
            "cookies":["a=1","b=2"],"headers":{"content-type":"application/octet-stream","host":"h"},
            "requestContext":{"http":{"method":"PUT","path":"/hook","protocol":"HTTP/1.1","sourceIp":"1.2.3.4","userAgent":"x"},"timeEpoch":1583348638390},
            "body":"/wB7fQ==","isBase64Encoded":true}"#;
        let (delivery, losses) = only(event);
        assert_eq!((delivery.method.as_str(), &*delivery.target), ("PUT", "/hook?a=b%20c&a=2"));
        assert_eq!(delivery.headers.get("cookie"), Some(&b"a=1; b=2"[..]));
        assert_eq!(&delivery.body[..], b"\xff\0{}");
        assert_eq!(losses, [Loss::HeaderNames]);
    }

    #[test]
    fn events_of_a_load_balancer_have_the_query_as_it_was_sent() {
        let event = r#"{"requestContext":{"elb":{"targetGroupArn":"arn:x"}},"httpMethod":"POST","path":"/hook",
            "multiValueQueryStringParameters":{"a":["b%20c","2"]},"multiValueHeaders":{"host":["h"],"x-a":["1","2"]},
            "body":"a=b","isBase64Encoded":false}"#;
        let (delivery, _) = only(event);
        assert_eq!(delivery.target, "/hook?a=b%20c&a=2");
        assert_eq!(delivery.headers.all("x-a").count(), 2);
    }

    #[test]
    fn several_events_are_several_deliveries_and_a_broken_one_is_named() {
        let line = REST.replace('\n', "");
        assert_eq!(read(format!("{line}\n{line}\n").as_bytes()).unwrap().len(), 2);
        assert_eq!(read(format!("[{line},{line}]").as_bytes()).unwrap().len(), 2);
        for (from, to, why) in [
            ("\"httpMethod\"", "\"x\"", "no HTTP method"),
            ("\"path\":", "\"x\":", "no path"),
            ("\"POST\"", "\"PO ST\"", "method"),
            ("\"isBase64Encoded\":false", "\"isBase64Encoded\":true", "base64"),
            ("[\"1\",\"2\"]", "[[\"1\"]]", "header is no text"),
            ("[\"1\",\"2\"]", "[\"1\\r\\nA: b\"]", "line break"),
        ] {
            let two = format!("{line}{}", line.replacen(from, to, 1));
            let error = read(two.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("event 2 of the Lambda events"), "{error}");
            assert!(error.contains(why), "{error}");
        }
        let null = REST.replace(r#""{\"a\":\"é\"}\n""#, "null");
        assert!(only(&null).0.body.is_empty());
    }
}
