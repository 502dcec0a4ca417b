//! The requests that were rejected, for a reader that comes later.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use crate::lock::lock;
use crate::webhook::record::Rejected;

/// How many are kept, the newest.
const MAX_KEPT: usize = 1000;

/// The longest method, target and detail that is kept, in bytes: peers choose them.
const MAX_TEXT: usize = 2048;

#[derive(Clone, Debug, Default)]
pub struct Rejections(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    /// How many there were.
    count: u64,
    newest: VecDeque<Rejected>,
}

impl Rejections {
    pub(super) fn add(&self, rejected: &Rejected) {
        let mut rejected = rejected.clone();
        let clip = |text: &mut String| {
            let end = (0..=MAX_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
            text.truncate(end.unwrap_or(0));
        };
        clip(&mut rejected.detail);
        if let Some((method, target)) = &mut rejected.request {
            clip(method);
            clip(target);
        }
        let mut kept = lock(&self.0);
        kept.count += 1;
        if kept.newest.len() == MAX_KEPT {
            kept.newest.pop_front();
        }
        kept.newest.push_back(rejected);
    }

    /// Those after the one of this number that are kept, with their numbers from 1, and the number of the last one.
    pub fn after(&self, number: u64) -> (Vec<(u64, Rejected)>, u64) {
        let kept = lock(&self.0);
        let first = kept.count - kept.newest.len() as u64 + 1;
        let numbered = (first..).zip(&kept.newest).filter(|(own, _)| *own > number);
        (numbered.map(|(own, one)| (own, one.clone())).collect(), kept.count)
    }
}
