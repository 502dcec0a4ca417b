//! Sends the forgeries of the matrix, and looks for the differences that let accepted ones in.

use std::collections::HashMap;

use super::case::Forgery;
use super::client::Client;
use super::exchange::Exchange;
use super::matrix::{Accepted, Findings, Matrix, Row};
use super::variation::Variation;

/// After this many mistakes no more are looked for.
const MAX_FOUND: usize = 8;
/// How many rows are built and sent at once: signatures with a time must not become too old.
const BATCH: usize = 16;

/// What the forgeries with everything else around them showed. They are sent once in a run. The error says, in a
/// clause, why nothing can be forged.
pub async fn findings(client: &Client) -> &Result<(Matrix, Findings), String> {
    let send = async || {
        let matrix = Matrix::new(client.builder())?;
        let findings = send(&matrix, client).await;
        Ok((matrix, findings))
    };
    client.matrix().get_or_init(send).await
}

/// Sends every row of the matrix.
async fn send(matrix: &Matrix, client: &Client) -> Findings {
    let mut search = Search {
        client,
        findings: Findings::default(),
        plain: HashMap::new(),
        genuine: Vec::new(),
    };
    for rows in matrix.rows.chunks(BATCH) {
        let built = rows.iter().filter_map(|row| {
            let variations: Vec<_> = row.differences.iter().map(|(_, one)| one).collect();
            Some((row, client.builder().varied(row.forgery, &variations).ok()?))
        });
        let (rows, requests): (Vec<_>, Vec<_>) = built.unzip();
        let exchanges = client.send_forgeries(requests).await;
        let has_hung = exchanges.iter().any(Exchange::has_timed_out);
        for (row, exchange) in rows.into_iter().zip(exchanges) {
            let is_accepted = search.is_accepted(&exchange).await;
            search.findings.note(&exchange);
            if is_accepted && search.findings.found() < MAX_FOUND {
                search.explain(row, exchange).await;
            }
        }
        if has_hung {
            break;
        }
    }
    search.findings
}

/// The search for the differences that let forgeries in.
struct Search<'c> {
    client: &'c Client,
    findings: Findings,
    /// Whether a forgery is accepted in the plain delivery.
    plain: HashMap<Forgery, bool>,
    /// The bodies of two responses to genuine deliveries.
    genuine: Vec<Option<Vec<u8>>>,
}

impl Search<'_> {
    /// Whether a forged delivery was accepted. An endpoint may ignore other methods than POST with a 2xx: its
    /// response is then another one than to a genuine delivery.
    async fn is_accepted(&mut self, exchange: &Exchange) -> bool {
        exchange.is_accepted()
            && (exchange.request.delivery.method == "POST" || !self.is_ignored(exchange).await)
    }

    async fn is_ignored(&mut self, exchange: &Exchange) -> bool {
        let body = |exchange: &Exchange| exchange.received().map(|response| response.body.clone());
        while self.genuine.len() < 2 {
            let builder = self.client.builder();
            let Ok(request) = builder.signed(builder.fresh()) else {
                return false;
            };
            self.findings.sent += 1;
            self.genuine.push(body(&self.client.send(&request).await));
        }
        let is_constant = self.genuine.first() == self.genuine.last();
        is_constant && self.genuine.first() != Some(&body(exchange))
    }

    async fn send(&mut self, how: Forgery, variations: &[&Variation]) -> Option<Exchange> {
        let request = self.client.builder().varied(how, variations).ok()?;
        self.findings.sent += 1;
        let exchange = self.client.send_forged(&request).await;
        self.is_accepted(&exchange).await.then_some(exchange)
    }

    async fn explain(&mut self, row: &Row, exchange: Exchange) {
        let how = row.forgery;
        let is_plain = match self.plain.get(&how) {
            Some(known) => *known,
            None => {
                let plain = self.send(how, &[]).await;
                self.plain.insert(how, plain.is_some());
                if let Some(exchange) = plain.clone() {
                    let (dimension, causes) = (None, Vec::new());
                    let accepted = Accepted { forgery: how, dimension, causes, exchange };
                    self.findings.accepted.push(accepted);
                }
                plain.is_some()
            }
        };
        if is_plain {
            return;
        }
        let mut causes: Vec<_> = row.differences.iter().collect();
        let is_known = |one: &Accepted| {
            one.causes.iter().all(|cause| causes.iter().any(|(_, other)| other == cause))
        };
        let mut found = self.findings.accepted.iter().filter(|one| one.dimension.is_some());
        if found.any(is_known) {
            return;
        }
        // What it is accepted without is no cause.
        let mut accepted = exchange;
        for (dimension, _) in &row.differences {
            let fewer: Vec<_> =
                causes.iter().filter(|(one, _)| one != dimension).copied().collect();
            if fewer.len() == causes.len() || fewer.is_empty() {
                continue;
            }
            let variations: Vec<_> = fewer.iter().map(|(_, variation)| variation).collect();
            if let Some(exchange) = self.send(how, &variations).await {
                (causes, accepted) = (fewer, exchange);
            }
        }
        self.findings.accepted.push(Accepted {
            forgery: how,
            dimension: causes.first().map(|(dimension, _)| *dimension),
            causes: causes.into_iter().map(|(_, variation)| variation.clone()).collect(),
            exchange: accepted,
        });
    }
}
