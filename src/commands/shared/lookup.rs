//! Finding an event or a channel by the name that a user gave, with the nearest name when there is none.

use crate::error::Error;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::{EventSpec, Provider};
use crate::webhook::suggest;

/// The event of this name.
///
/// # Errors
/// When the provider documents no such event; names the provider that does, or the nearest name.
pub(crate) fn event<'p>(
    catalog: &Catalog,
    provider: &'p Provider,
    name: &str,
) -> Result<&'p EventSpec, Error> {
    provider.event(name).ok_or_else(|| {
        let others: Vec<_> = catalog
            .documenting(name)
            .iter()
            .map(|p| p.name.as_str())
            .collect();
        let own = provider.events.iter().map(|e| e.name.as_str());
        let near = suggest::nearest(name, own).map(|near| format!("did you mean `{near}`?"));
        let elsewhere = others.first().map(|first| {
            let verb = if others.len() == 1 {
                "documents"
            } else {
                "document"
            };
            format!("{} {verb} it: add --provider {first}", others.join(" and "))
        });
        let hint = match (elsewhere, near) {
            (Some(elsewhere), Some(near)) => format!("{elsewhere}; or {near}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => {
                let names: Vec<_> = provider.events.iter().map(|e| e.name.as_str()).collect();
                format!("{} documents: {}", provider.name, names.join(", "))
            }
        };
        Error::usage(
            format!("{} documents no event `{name}`", provider.name),
            hint,
        )
    })
}

/// The channel of this name; the first one when none is named, nothing when the event has none.
///
/// # Errors
/// When the event does not come on that channel.
pub(crate) fn channel<'e>(
    event: &'e EventSpec,
    name: Option<&str>,
) -> Result<Option<&'e str>, Error> {
    let Some(name) = name else {
        return Ok(event.channels.first().map(String::as_str));
    };
    if event.channels.is_empty() {
        return Err(Error::usage(
            format!("{} does not come on channels", event.name),
            "leave the channel out",
        ));
    }
    let found = event.channels.iter().find(|c| *c == name);
    found.map(|c| Some(c.as_str())).ok_or_else(|| {
        let names = event.channels.iter().map(String::as_str);
        let near = suggest::nearest(name, names)
            .map(|n| format!("did you mean `{n}`? "))
            .unwrap_or_default();
        Error::usage(
            format!("{} does not come on a channel `{name}`", event.name),
            format!("{near}There are: {}", event.channels.join(", ")),
        )
    })
}

/// Makes sure that an event, and its channel if one is named, can come: of this provider, or of any. An event that no
/// provider documents would be waited for in vain; `asked` is the option that names it.
///
/// # Errors
/// When it cannot; names the nearest.
pub(crate) fn documented(
    catalog: &Catalog,
    provider: Option<&Provider>,
    (name, on): (&str, Option<&str>),
    asked: &str,
) -> Result<(), Error> {
    let documenting = match provider {
        Some(provider) => vec![event(catalog, provider, name)?],
        None => {
            let all = catalog.documenting(name);
            all.into_iter().filter_map(|p| p.event(name)).collect()
        }
    };
    let comes = documenting.iter().map(|event| channel(event, on));
    let first_or_best = comes.reduce(|best, next| best.or_else(|why| next.map_err(|_| why)));
    match first_or_best {
        Some(found) => found.map(|_| ()),
        None => Err(Error::usage(
            format!("{asked}: nobody documents an event `{name}`"),
            "`cz-hook events` lists them",
        )),
    }
}
