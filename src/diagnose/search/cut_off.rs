//! Bodies that were cut off before they were hashed: one MAC is carried on from each beginning to the next.

use super::{Choice, Hit, Search, TRY};
use crate::diagnose::cause::Cause;

impl Search<'_> {
    /// Tries the beginnings of the body, under the keys that take `rest` things.
    pub(super) fn cut_off(&mut self, rest: usize) -> Option<Hit> {
        let body = self.space.body;
        let space = self.space;
        for (reading, constructions) in &space.readings {
            let own = constructions.first()?;
            if !reading.causes.is_empty() || !own.is_body_alone() {
                continue;
            }
            let keys = space.keys.iter().enumerate();
            for (index, _) in keys.filter(|(_, key)| key.causes.len() == rest) {
                let mut keyed = self.keyed(index, reading.hash);
                let mut from = 0;
                for to in beginnings(body.len()) {
                    keyed.update(body.get(from..to)?);
                    from = to;
                    self.tried += 1;
                    self.left = self.left.saturating_sub(TRY);
                    if keyed.begins_with(&[], &reading.digest) {
                        let cause = Cause::with("body.truncated", to.to_string());
                        let choice = Choice {
                            reading,
                            construction: own,
                            key: index,
                        };
                        let formula = format!("body[..{to}]");
                        return Some(Hit {
                            explanations: vec![self.explain(choice, &[cause], &formula)],
                            hashed: body.get(..to)?.to_vec(),
                        });
                    }
                    if self.left == 0 {
                        return None;
                    }
                }
            }
        }
        None
    }
}

/// Where a body may have been cut off: anywhere when it is small, else at round numbers and near its end.
fn beginnings(length: usize) -> impl Iterator<Item = usize> {
    const SMALL: usize = 8 << 10;
    const NEAR: usize = 64;
    (1..length).filter(move |at| {
        length <= SMALL || at % 512 == 0 || at % 1000 == 0 || at % 512 == 511 || length - at <= NEAR
    })
}
