//! The routes: which methods and paths there are, and what each leads to.

use http::Method;
use percent_encoding::percent_decode_str;

use super::guard::Access;

/// What a path is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Page,
    Asset,
    Preview,
    Open,
    Session,
    Deliveries,
    Delivery,
    Body,
    Attempts,
    DeliveryPage,
    MakePreview,
    Compare,
    Search,
    Stream,
    Samples,
    Stats,
    Export,
    Replay,
    Send,
    Validate,
    Test,
    Behaviour,
}

/// Every route. In a pattern, `{…}` is one part of the path, `{…+}` all the rest.
pub(super) const ROUTES: [(Method, &str, Operation); 27] = [
    (Method::GET, "/", Operation::Page),
    (Method::GET, "/d/{id}", Operation::Page),
    (Method::GET, "/compare/{a}/{b}", Operation::Page),
    (Method::GET, "/send", Operation::Page),
    (Method::GET, "/test", Operation::Page),
    (Method::GET, "/stats", Operation::Page),
    (Method::GET, "/assets/{path+}", Operation::Asset),
    (Method::GET, "/preview/{ticket}", Operation::Preview),
    (Method::GET, "/open/{ticket}", Operation::Open),
    (Method::GET, "/api/v1/session", Operation::Session),
    (Method::GET, "/api/v1/deliveries", Operation::Deliveries),
    (Method::GET, "/api/v1/deliveries/{id}", Operation::Delivery),
    (Method::GET, "/api/v1/deliveries/{id}/body", Operation::Body),
    (Method::GET, "/api/v1/deliveries/{id}/attempts", Operation::Attempts),
    (Method::GET, "/api/v1/deliveries/{id}/page", Operation::DeliveryPage),
    (Method::POST, "/api/v1/deliveries/{id}/preview", Operation::MakePreview),
    (Method::GET, "/api/v1/compare/{a}/{b}", Operation::Compare),
    (Method::GET, "/api/v1/search", Operation::Search),
    (Method::GET, "/api/v1/stream", Operation::Stream),
    (Method::GET, "/api/v1/samples", Operation::Samples),
    (Method::GET, "/api/v1/stats", Operation::Stats),
    (Method::GET, "/api/v1/export", Operation::Export),
    (Method::POST, "/api/v1/replay", Operation::Replay),
    (Method::POST, "/api/v1/send", Operation::Send),
    (Method::POST, "/api/v1/validate", Operation::Validate),
    (Method::POST, "/api/v1/test", Operation::Test),
    (Method::POST, "/api/v1/behaviour", Operation::Behaviour),
];

/// Where a request leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Routed {
    /// To an operation, with the variable parts of the path.
    To(Operation, Vec<String>),
    /// Nowhere with this method.
    NotAllowed(Method),
    Nowhere,
}

/// Finds the route of a request.
pub(super) fn route(method: &Method, path: &str) -> Routed {
    let mut other = None;
    for (allowed, pattern, operation) in &ROUTES {
        let Some(parts) = matched(pattern, path) else {
            continue;
        };
        if allowed == method {
            return Routed::To(*operation, parts);
        }
        other = Some(allowed.clone());
    }
    other.map_or(Routed::Nowhere, Routed::NotAllowed)
}

/// What a path under this prefix needs, also where no route is.
pub(super) fn access(path: &str) -> Access {
    match path.starts_with("/api/") {
        true => Access::Token,
        false => Access::Public,
    }
}

/// The variable parts of a path, if it is of this pattern.
fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parts),
            (Some(name), Some(first)) if name.ends_with("+}") => {
                let rest: Vec<_> = std::iter::once(first).chain(given).collect();
                parts.push(decoded(&rest.join("/"))?);
                return Some(parts);
            }
            (Some(name), Some(part)) if name.starts_with('{') && !part.is_empty() => {
                parts.push(decoded(part)?);
            }
            (Some(name), Some(part)) if name == part => {}
            _ => return None,
        }
    }
}

fn decoded(part: &str) -> Option<String> {
    percent_decode_str(part).decode_utf8().ok().map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described() {
        let text = include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/docs/schema/inspector.openapi.json"
        ));
        let described: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut described: Vec<String> = described["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, methods)| {
                let methods = methods.as_object().unwrap().keys();
                methods.map(move |method| format!("{} {path}", method.to_uppercase()))
            })
            .collect();
        let mut routes: Vec<String> = ROUTES
            .iter()
            .map(|(method, pattern, _)| format!("{method} {}", pattern.replace("+}", "}")))
            .collect();
        described.sort();
        routes.sort();
        assert_eq!(described, routes);
    }

    #[test]
    fn paths_lead_to_operations() {
        let to = |method: Method, path: &str| route(&method, path);
        let parts =
            |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            to(Method::GET, "/api/v1/deliveries/7/body"),
            Routed::To(Operation::Body, parts(&["7"]))
        );
        assert_eq!(
            to(Method::GET, "/assets/vendor/preact.mjs"),
            Routed::To(Operation::Asset, parts(&["vendor/preact.mjs"]))
        );
        assert_eq!(to(Method::GET, "/api/v1/replay"), Routed::NotAllowed(Method::POST));
        assert_eq!(to(Method::GET, "/api/v1/deliveries/"), Routed::Nowhere);
        assert_eq!(to(Method::GET, "/d/"), Routed::Nowhere);
        assert_eq!(to(Method::GET, "/other"), Routed::Nowhere);
        assert_eq!(access("/api/v1/other"), Access::Token);
    }
}
