//! Forged deliveries that differ in everything around the signature. A server may reject some of them before a handler
//! sees them, such as those with another method. A row has at most one reason for that, except for pairs of content
//! type and method. An accepted forgery is sent again with fewer differences, to find those that let it in.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use url::form_urlencoded;

use crate::webhook::delivery::Headers;
use crate::webhook::provider::Content;

use super::case::Forgery;
use super::exchange::Exchange;
use super::pairwise;
use super::request_builder::{Request, RequestBuilder};
use super::sample_body::{padded, with_value};
use super::variation::{Dimension, Variation};

/// The forgeries that every event, account and user agent is combined with: one for each way to compare badly.
const FORGERIES: [Forgery; 7] = [
    Forgery::None,
    Forgery::Secret,
    Forgery::EmptyKey,
    Forgery::WrongTail,
    Forgery::Half,
    Forgery::Unkeyed,
    Forgery::Empty,
];
/// How many of them content types and methods are combined with, and how many everything else.
const FIRST_FORGERIES: (usize, usize) = (3, 2);
/// The dimensions of which a server does not reject values by itself.
const HARMLESS: [Dimension; 3] = [Dimension::Event, Dimension::Account, Dimension::UserAgent];

/// The combinations for a provider.
#[derive(Debug)]
pub struct Matrix {
    forgeries: Vec<Forgery>,
    columns: Vec<(Dimension, Vec<Variation>)>,
    pub rows: Vec<Row>,
}

/// A forgery and what else is different, in the order of the dimensions.
#[derive(Clone, Debug)]
pub struct Row {
    pub forgery: Forgery,
    pub differences: Vec<(Dimension, Variation)>,
}

/// A forgery that was accepted.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub forgery: Forgery,
    /// The dimension that lets it in, the first of several; `None` when it is accepted in the plain delivery, too.
    pub dimension: Option<Dimension>,
    /// What lets it in: without any of these it is refused.
    pub causes: Vec<Variation>,
    pub exchange: Exchange,
}

/// What sending all rows showed.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    pub accepted: Vec<Accepted>,
    pub sent: usize,
    /// How many responses there were, without those of a rate limit.
    pub responses: usize,
    /// Whether some proved nothing, because of a rate limit.
    pub is_limited: bool,
    /// The last exchange of a row, or the one whose response revealed something.
    pub last: Option<Exchange>,
}

impl Matrix {
    /// The error says, in a clause, why nothing can be forged.
    pub fn new(builder: &RequestBuilder) -> Result<Self, String> {
        let samples = builder.sample_names();
        let (other, sender) = (builder.first_sample().other_event(), &*builder.provider().name);
        let is_settable =
            |variation: &Variation| builder.varied(Forgery::None, &[variation]).is_ok();
        let columns: Vec<_> = Dimension::ALL
            .into_iter()
            .map(|dimension| {
                let mut all = Variation::all(dimension, samples, other, sender);
                all.retain(is_settable);
                (dimension, all)
            })
            .collect();
        let body = builder.sample_body(0);
        let mut forgeries = FORGERIES.to_vec();
        let mut why = String::new();
        forgeries.retain(|how| match builder.forged(*how, body.clone()) {
            Ok(_) => true,
            Err(reason) => {
                why = reason;
                false
            }
        });
        if forgeries.is_empty() {
            return Err(why);
        }
        let mut matrix = Self { forgeries, columns, rows: Vec::new() };
        matrix.rows = matrix.harmless_rows();
        matrix.rows.extend(matrix.other_rows());
        matrix.rows.extend(matrix.double_rows());
        Ok(matrix)
    }

    fn values(&self, dimension: Dimension) -> &[Variation] {
        let column = self.columns.iter().find(|(one, _)| *one == dimension);
        column.map_or(&[], |(_, values)| values)
    }

    fn row(forgery: Forgery, values: impl IntoIterator<Item = (Dimension, Variation)>) -> Row {
        let mut differences: Vec<_> = values.into_iter().collect();
        differences.retain(|(_, variation)| *variation != Variation::Plain);
        differences.sort_by_key(|(dimension, _)| *dimension);
        Row { forgery, differences }
    }

    /// Every two of the forgeries and the harmless values.
    fn harmless_rows(&self) -> Vec<Row> {
        let columns = HARMLESS.map(|dimension| self.values(dimension).len());
        let sizes: Vec<usize> = std::iter::once(self.forgeries.len()).chain(columns).collect();
        let rows = pairwise::rows(&sizes).into_iter().filter_map(|row| {
            let (forgery, values) = row.split_first()?;
            let values = HARMLESS.into_iter().zip(values);
            let value = |(dimension, value): (Dimension, &usize)| {
                Some((dimension, self.values(dimension).get(*value)?.clone()))
            };
            Some(Self::row(*self.forgeries.get(*forgery)?, values.filter_map(value)))
        });
        rows.collect()
    }

    /// Every other value with some forgeries, and harmless values in turn.
    fn other_rows(&self) -> Vec<Row> {
        let others = self.columns.iter().filter(|(dimension, _)| !HARMLESS.contains(dimension));
        let others = others.flat_map(|(dimension, values)| {
            values.iter().skip(1).map(|variation| (*dimension, variation))
        });
        let mut rows = Vec::new();
        for (dimension, variation) in others {
            let forgeries = match dimension {
                Dimension::ContentType | Dimension::Method => FIRST_FORGERIES.0,
                _ => FIRST_FORGERIES.1,
            };
            for forgery in self.forgeries.iter().take(forgeries) {
                // The first of them has no other difference.
                let number = if *forgery == Forgery::None { 0 } else { rows.len() };
                let harmless = HARMLESS.into_iter().filter_map(|dimension| {
                    let values = self.values(dimension);
                    let value = values.get(number.checked_rem(values.len())?)?;
                    Some((dimension, value.clone()))
                });
                let all = harmless.chain([(dimension, variation.clone())]);
                rows.push(Self::row(*forgery, all));
            }
        }
        rows
    }

    /// Every other content type with every other method.
    fn double_rows(&self) -> Vec<Row> {
        let types = self.values(Dimension::ContentType).iter().skip(1);
        let pairs = types.flat_map(|kind| {
            let methods = self.values(Dimension::Method).iter().skip(1);
            methods.map(move |method| (kind, method))
        });
        let row = |(number, (kind, method)): (usize, (&Variation, &Variation))| {
            let forgery = *self.forgeries.get(number % 2).or(self.forgeries.first())?;
            let both =
                [(Dimension::ContentType, kind.clone()), (Dimension::Method, method.clone())];
            Some(Self::row(forgery, both))
        };
        pairs.enumerate().filter_map(row).collect()
    }

    /// How many forgeries are combined with everything else.
    pub fn forgeries(&self) -> usize {
        self.forgeries.len()
    }

    /// How many values a dimension has besides the plain one.
    pub fn count(&self, dimension: Dimension) -> usize {
        let column = self.columns.iter().find(|(one, _)| *one == dimension);
        column.map_or(0, |(_, values)| values.len().saturating_sub(1))
    }
}

impl Findings {
    /// How many mistakes were found that are not accepted in every delivery.
    pub fn found(&self) -> usize {
        self.accepted.iter().filter(|one| one.dimension.is_some()).count()
    }

    pub fn note(&mut self, exchange: &Exchange) {
        self.sent += 1;
        match exchange.is_limited() {
            true => self.is_limited = true,
            false => self.responses += usize::from(exchange.received().is_some()),
        }
        if self.last.as_ref().is_none_or(|last| last.leak.is_none()) {
            self.last = Some(exchange.clone());
        }
    }
}

impl RequestBuilder {
    /// A forged delivery with these variations. The error says, in a clause, why they do not apply.
    pub fn varied(&self, how: Forgery, variations: &[&Variation]) -> Result<Request, String> {
        let mut body = self.sample_body(0);
        let mut event = None;
        for variation in variations {
            body = self.varied_body(body, variation)?;
            event = match variation {
                Variation::Sample(number, _) => self.events().nth(*number).map(str::to_owned),
                Variation::Event(name) => Some(name.clone()),
                _ => event,
            };
        }
        // A signature in the body needs a body.
        let mut request = match self.forged(how, body.clone()) {
            Err(_) if how == Forgery::None || !self.is_first_sample(&body) => {
                self.request_of(self.unsigned(body))
            }
            request => request?,
        };
        let delivery = &mut request.delivery;
        let content = Content::Other;
        let source = &self.provider().envelope.event;
        let event = event.and_then(|event| source.header(&event, &content));
        if let Some((name, value)) = event {
            delivery.headers.set(&name.to_ascii_lowercase(), value);
        }
        for variation in variations {
            match variation {
                Variation::Method(name) => delivery.method = (*name).to_owned(),
                Variation::Gzip => {
                    delivery.body = gzip(&delivery.body)?;
                    let length = delivery.body.len().to_string();
                    delivery.headers.set("content-length", length);
                    delivery.headers.set("content-encoding", "gzip");
                }
                _ => vary_headers(&mut delivery.headers, variation),
            }
        }
        Ok(request)
    }

    fn is_first_sample(&self, body: &Bytes) -> bool {
        *body == self.sample_body(0)
    }

    fn varied_body(&self, body: Bytes, variation: &Variation) -> Result<Bytes, String> {
        let envelope = &self.provider().envelope;
        Ok(match variation {
            Variation::Sample(number, _) => self.sample_body(*number),
            Variation::Event(name) => match envelope.event.pointer() {
                Some(pointer) => {
                    with_value(&body, pointer, name).ok_or("the body does not name its event")?
                }
                None if envelope.event.is_outside_body() => body,
                None => return Err("no field names the event".to_owned()),
            },
            Variation::OtherAccount => {
                let pointer = envelope.agent.as_deref().ok_or("no field names the account")?;
                with_value(&body, pointer, "another-account").ok_or("it names no account")?
            }
            Variation::Form => {
                if envelope.form {
                    return Err("the body is a form already".to_owned());
                }
                let field: String = form_urlencoded::byte_serialize(&body).collect();
                format!("payload={field}").into()
            }
            Variation::Empty => Bytes::new(),
            Variation::EmptyObject => Bytes::from_static(b"{}"),
            Variation::EmptyList => Bytes::from_static(b"[]"),
            Variation::InList => match body.first() {
                Some(b'{') => [b"[", &body[..], b"]"].concat().into(),
                _ => return Err("the body is no object".to_owned()),
            },
            Variation::Length(bytes) => {
                let text = std::str::from_utf8(&body).map_err(|why| why.to_string())?;
                padded(text, *bytes)?.into()
            }
            _ => body,
        })
    }
}

fn vary_headers(headers: &mut Headers, variation: &Variation) {
    match variation {
        Variation::ContentType(name) => headers.set("content-type", *name),
        Variation::Form => headers.set("content-type", "application/x-www-form-urlencoded"),
        Variation::NoContentType => {
            headers.remove("content-type");
        }
        Variation::UserAgent(name) => headers.set("user-agent", name.as_str()),
        Variation::NoUserAgent => {
            headers.remove("user-agent");
        }
        Variation::Coding(name) => headers.set("content-encoding", *name),
        Variation::Chunked => {
            headers.remove("content-length");
            headers.push("transfer-encoding", "chunked");
        }
        _ => {}
    }
}

fn gzip(body: &[u8]) -> Result<Bytes, String> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).map_err(|why| why.to_string())?;
    Ok(encoder.finish().map_err(|why| why.to_string())?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::testing::judges;
    use crate::webhook::provider::catalog::Catalog;

    /// Every provider has rows, few enough to send them all, and the verifier of this tool refuses each.
    #[test]
    fn no_row_is_genuine_and_there_are_few() {
        for judge in judges(Catalog::builtin()) {
            let (name, builder) = (&judge.provider.name, &judge.builder);
            let matrix = Matrix::new(builder).unwrap();
            assert!((100..=200).contains(&matrix.rows.len()), "{name}: {}", matrix.rows.len());
            for dimension in Dimension::ALL {
                let may_be_none = matches!(dimension, Dimension::Event | Dimension::Account);
                assert!(may_be_none || matrix.count(dimension) > 2, "{name} {dimension:?}");
            }
            let mut built = 0;
            for row in &matrix.rows {
                let variations: Vec<_> = row.differences.iter().map(|(_, one)| one).collect();
                let Ok(request) = builder.varied(row.forgery, &variations) else {
                    continue;
                };
                built += 1;
                assert!(!judge.accepts(&request), "{name} {row:?}");
            }
            assert!(built * 10 >= matrix.rows.len() * 9, "{name}: {built}");
        }
    }
}
