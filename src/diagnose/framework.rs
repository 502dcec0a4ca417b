//! What Rails puts into the parameters of a request besides the fields of its body: the controller, the action, and the
//! body once more below the controller's name.

use super::cause::{COMMON, RARE, UNLIKELY};
use super::json_text::with_members;

/// The names that controllers of webhooks usually have.
const CONTROLLERS: &[&str] = &["webhooks", "webhook", "api/webhooks", "hooks"];

/// The names that their actions usually have.
const ACTIONS: &[&str] =
    &["create", "receive", "index", "webhook", "handle", "callback", "update", "process"];

/// The most names that are taken from the request's path.
const MAX_SEGMENTS: usize = 3;

/// The longest one, in bytes.
const MAX_SEGMENT: usize = 40;

/// The members that are added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// The controller and the action.
    route: Option<(String, String)>,
    /// The name below which the body is repeated.
    wrapper: Option<String>,
}

/// What may be added to the body of a request with this target, likeliest first.
pub fn parameters(target: &str) -> Vec<Parameters> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let is_name = |word: &&str| {
        (1..=MAX_SEGMENT).contains(&word.len())
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
    };
    let segments: Vec<String> = (path.split('/').filter(is_name))
        .take(MAX_SEGMENTS)
        .map(|word| word.replace('-', "_"))
        .collect();
    let mut controllers = Vec::new();
    for end in (1..=segments.len()).rev() {
        let words = segments.get(..end).unwrap_or_default();
        controllers.push(words.join("/"));
        if let Some((last, before)) = words.split_last() {
            controllers.push(last.clone());
            let plural = format!("{last}s");
            controllers.push([before, std::slice::from_ref(&plural)].concat().join("/"));
            controllers.push(plural);
        }
    }
    controllers.extend(CONTROLLERS.iter().map(|name| (*name).to_owned()));
    let mut actions: Vec<String> = ACTIONS.iter().map(|name| (*name).to_owned()).collect();
    actions.extend(segments.last().cloned());
    let mut all = Vec::new();
    let mut add = |one: Parameters| {
        if !all.contains(&one) {
            all.push(one);
        }
    };
    for controller in &controllers {
        let wrapper = Some(singular(controller));
        add(Parameters { route: None, wrapper: wrapper.clone() });
        for action in &actions {
            let route = Some((controller.clone(), action.clone()));
            add(Parameters { route: route.clone(), wrapper: wrapper.clone() });
            add(Parameters { route, wrapper: None });
        }
    }
    all
}

/// The name below which a controller's parameters are repeated: its last word, in the singular.
fn singular(controller: &str) -> String {
    let last = controller.rsplit('/').next().unwrap_or(controller);
    match last.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => {
            last.strip_suffix('s').filter(|word| !word.ends_with('s')).unwrap_or(last).to_owned()
        }
    }
}

impl Parameters {
    /// The object with them.
    pub fn add(&self, object: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(object).ok()?;
        let mut members = Vec::new();
        if let Some((controller, action)) = &self.route {
            members.push(format!("\"controller\":\"{controller}\",\"action\":\"{action}\""));
        }
        if let Some(wrapper) = &self.wrapper {
            members.push(format!("\"{wrapper}\":{text}"));
        }
        with_members(object, &members.join(","))
    }

    /// What is added, human-readable.
    pub fn describe(&self) -> String {
        let route = self.route.as_ref();
        let route = route.map(|(controller, action)| {
            format!("`controller` ({controller}) and `action` ({action})")
        });
        let wrapper = self.wrapper.as_ref().map(|name| format!("`{name}` with all of it again"));
        let both: Vec<_> = route.into_iter().chain(wrapper).collect();
        both.join(" and ")
    }

    pub fn formula(&self) -> String {
        let mut names = Vec::new();
        if self.route.is_some() {
            names.extend(["controller", "action"]);
        }
        names.extend(self.wrapper.as_deref());
        format!("add(…, {})", names.join(", "))
    }

    pub fn weight(&self) -> usize {
        match self.route.as_ref().map(|(_, action)| action.as_str()) {
            None | Some("create") => RARE,
            Some("receive") => UNLIKELY,
            Some(_) => COMMON + RARE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_path_and_the_usual_ones() {
        let all = parameters("/webhooks/acme?x=1");
        let route = |controller: &str, action: &str, wrapper: &str| Parameters {
            route: Some((controller.to_owned(), action.to_owned())),
            wrapper: Some(wrapper.to_owned()),
        };
        for one in [
            route("webhooks/acme", "create", "acme"),
            route("webhooks", "acme", "webhook"),
            route("webhooks", "create", "webhook"),
        ] {
            assert!(all.contains(&one), "{one:?}");
        }
        let made = route("webhooks", "create", "webhook").add(b"{\"a\":1}").unwrap();
        let wanted = r#"{"a":1,"controller":"webhooks","action":"create","webhook":{"a":1}}"#;
        assert_eq!(String::from_utf8(made).unwrap(), wanted);
        assert!(parameters(&"/a".repeat(10_000)).len() < 500);
    }
}
