//! The cases that depend on the provider: its events, its handshakes, and the methods that its handshakes use.

use crate::webhook::handshake::{Handshake, HandshakeMethod, Probe};
use crate::webhook::provider::catalog::Sample;
use crate::webhook::provider::{Payload, Provider};

use super::super::case::{Case, Change, Expect, Severity, Step};

/// The case of an event and channel that the provider documents.
pub fn event((number, sample): (usize, &Sample<'_>)) -> Case {
    let name = &sample.event.name;
    let (id, what) = match sample.channel {
        Some(channel) => (format!("accept/{name}.{channel}"), format!("{name} on {channel}")),
        None => (format!("accept/{name}"), name.clone()),
    };
    let (severity, note) = match (&sample.event.payload, sample.channel) {
        (Payload::Documented, _) => (Severity::Required, ""),
        (_, Some(_)) => (Severity::Recommended, ""),
        (_, None) => (Severity::Recommended, " (its sample is made up)"),
    };
    Case {
        id: id.into(),
        title: format!("{what} is accepted{note}").into(),
        severity,
        ..Case::new(
            "accept/",
            "",
            Step::Send(Change::Sample(number), Expect::Accepted),
            "The provider counts every response other than 2xx as a failed delivery.",
            "Verify the signature over the raw body, then respond with 2xx to every event, \
             including those that you do not use.",
        )
    }
}

/// The cases of a provider's handshakes.
pub fn handshakes(provider: &Provider) -> Vec<Case> {
    let each = |(number, handshake): (usize, &Handshake)| {
        let name = handshake.name.clone();
        let case = move |probe: Probe| {
            let (suffix, title, why, fix) = match probe {
                Probe::Genuine => (
                    "",
                    "gets the expected response",
                    "The provider sends it before it sends deliveries. Without the expected response the endpoint \
                     cannot be registered.",
                    "If the handshake is signed, verify its signature first. Then respond as the provider's \
                     document says, before you handle the request as a delivery.",
                ),
                Probe::WrongToken => (
                    "-wrong-token",
                    "with a wrong token is rejected",
                    "Otherwise anyone can register the endpoint for an app of their own.",
                    "Compare the verify token with your own, and respond with 403 when it differs.",
                ),
                Probe::WrongSignature => (
                    "-wrong-signature",
                    "with a wrong signature is rejected",
                    "The request is signed as deliveries are. Some providers send a wrong signature on \
                     purpose, and register only endpoints that reject it.",
                    "Verify the signature first, then respond to the handshake.",
                ),
            };
            Case {
                id: format!("handshake/{name}{suffix}").into(),
                title: format!("{name} {title}").into(),
                ..Case::new("handshake/", "", Step::Handshake(number, probe), why, fix)
            }
            .recommended()
        };
        handshake.probes().into_iter().map(case)
    };
    provider.handshakes.iter().enumerate().flat_map(each).collect()
}

/// Whether a case applies to a provider at all: those about the age of a delivery need a time that is signed, and one
/// that must be accepted is far from too old.
pub fn applies(provider: &Provider, case: &Case) -> bool {
    let Step::Send(Change::Aged(age), expect) = case.step else {
        return true;
    };
    let rule = provider.scheme().and_then(|scheme| scheme.timestamp.as_ref());
    match rule.and_then(|rule| rule.tolerance_seconds) {
        Some(tolerance) => expect != Expect::Accepted || tolerance >= age.saturating_mul(2),
        None => false,
    }
}

/// A case of `PROTOCOL` for a provider. Where a handshake has the method, an endpoint cannot respond with 405 to it.
pub fn protocol(provider: &Provider, case: &Case) -> Option<Case> {
    let Step::Send(Change::Method(method), _) = case.step else {
        return Some(case.clone());
    };
    let mut handshakes = provider.handshakes.iter();
    let takes_head = |one: &Handshake| one.method == HandshakeMethod::Head && one.when.is_empty();
    match method {
        "HEAD" if handshakes.clone().any(takes_head) => None,
        // Servers respond to HEAD as to GET.
        "GET" | "HEAD" if handshakes.any(|one| one.method == HandshakeMethod::Get) => Some(Case {
            id: format!("{}-without-handshake", case.id).into(),
            title: format!("{method} without a handshake is rejected").into(),
            why: "The endpoint responds to a handshake with this method. Any other request with it is a mistake.",
            fix: "Respond with 400, 403 or 405 to a request that is no handshake.",
            ..case.clone().expecting(Expect::Refused)
        }),
        _ => Some(case.clone()),
    }
}
