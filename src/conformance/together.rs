//! Cases that are asked at once: which of them got no answer on its own account, and which may owe that to
//! another.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::http::SendErrorKind as Kind;

use super::acts::{self, Ran};
use super::asker::joined;
use super::blame::silence;
use super::outcome::Stopped;
use super::runner::Runner;

/// An endpoint that answers others within this while one request hangs is not stuck itself.
const PROMPT: Duration = Duration::from_secs(1);
/// So many at once fit into the queue of every server that is known.
const GENTLE: usize = 4;

impl Runner<'_> {
    /// Asks several at once; what got no answer, and may owe that to another, is asked again alone.
    pub(super) async fn group(&self, mut waiting: VecDeque<usize>) -> Result<(), Stopped> {
        while !waiting.is_empty() {
            let mut silent = self.together(&mut waiting).await;
            silent.sort_unstable_by_key(|(number, _)| *number);
            if !silent.is_empty() && !self.comes_back().await {
                return Err(self.one_of(silent));
            }
            for (number, _) in silent {
                self.alone(number).await?;
            }
        }
        Ok(())
    }

    /// Asks until all are asked, or one falls silent that may owe it to another; those come back.
    async fn together(&self, waiting: &mut VecDeque<usize>) -> Vec<(usize, Ran)> {
        let mut asking = JoinSet::new();
        let mut silent = Vec::new();
        loop {
            while silent.is_empty()
                && asking.len() < self.concurrency
                && let Some(number) = waiting.pop_front()
                && let Some(case) = self.record.cases().get(number).cloned()
            {
                let asker = self.asker.clone();
                let known = self.record.serialiser();
                // Forged deliveries may all hang, and asking each again alone would take minutes. Genuine
                // ones, and many at once, may have been lost in a short queue: those are asked again.
                let may_own = self.concurrency <= GENTLE && case.category == "refuse";
                asking.spawn(async move {
                    let ran = acts::run(&asker, &case, known).await;
                    // Asked at once, while the other one still hangs.
                    let is_its_own = match silence(&ran) {
                        None => true,
                        Some(Kind::TimedOut) => may_own && asker.is_serving(Some(PROMPT)).await,
                        Some(_) => false,
                    };
                    (number, ran, is_its_own)
                });
            }
            match asking.join_next().await.map(joined) {
                Some((number, ran, true)) => {
                    self.put(number, ran);
                }
                Some((number, ran, false)) => silent.push((number, ran)),
                None => return silent,
            }
        }
    }
}
