//! Reading: listings without bodies, single deliveries, and walks over any number of them.

use std::ops::ControlFlow;

use super::places::{Place, Places};
use super::row::{self, Row, Whole};
use super::{Filter, Journal, JournalError, signed};
use crate::capture::Captured;

/// How many deliveries are read at a time, at most. No lock is held while they are looked at: a reader
/// that takes hours keeps no writer from tidying its log.
const PAGE: usize = 256;

/// How many bytes of bodies are read at a time: one delivery more than fits.
const PAGE_BYTES: usize = 1 << 20;

impl Journal {
    /// The deliveries asked for, newest last, without headers and bodies.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn list(&self, filter: &Filter) -> Result<Vec<Row>, JournalError> {
        if let Some(id) = filter.id {
            return Ok(self.one(id, filter)?.into_iter().collect());
        }
        // One transaction, so that the locks are taken once and not for every row.
        let _snapshot = self.connection.unchecked_transaction()?;
        Places::new(&self.connection, filter)?
            .newest(filter.last)?
            .into_iter()
            .filter_map(|place| row::row(&self.connection, place.id).transpose())
            .collect()
    }

    /// Hands each delivery asked for to `visit`, newest last, until it breaks off. Few
    /// are in memory at a time, and those that arrive meanwhile are left out.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn each(
        &self,
        filter: &Filter,
        mut visit: impl FnMut(Captured) -> ControlFlow<()>,
    ) -> Result<(), JournalError> {
        if let Some(id) = filter.id {
            if self.one(id, filter)?.is_some()
                && let Some(captured) = Whole::new(&self.connection)?.read(signed(id))?
            {
                // There is nothing left to break off.
                let _ = visit(captured);
            }
            return Ok(());
        }
        if filter.last == Some(0) {
            return Ok(());
        }
        let places = Places::new(&self.connection, filter)?;
        let mut from = places.before(filter.last)?;
        loop {
            let (page, last) = self.page(&places, from)?;
            for captured in page {
                if visit(captured).is_break() {
                    return Ok(());
                }
            }
            match last {
                Some(last) => from = last,
                None => return Ok(()),
            }
        }
    }

    /// The next deliveries behind `from` and the place of the last one; none at the end.
    fn page(
        &self,
        places: &Places<'_>,
        from: Place,
    ) -> Result<(Vec<Captured>, Option<Place>), JournalError> {
        let _snapshot = self.connection.unchecked_transaction()?;
        let (mut page, mut last, mut bytes) = (Vec::new(), None, 0);
        let mut whole = Whole::new(&self.connection)?;
        for place in places.behind(from, PAGE)? {
            last = Some(place);
            if let Some(captured) = whole.read(place.id)? {
                bytes += captured.delivery.body.len();
                page.push(captured);
            }
            if bytes >= PAGE_BYTES {
                break;
            }
        }
        Ok((page, last))
    }

    /// The delivery of this number.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn get(&self, id: u64) -> Result<Option<Captured>, JournalError> {
        Whole::new(&self.connection)?.read(signed(id))
    }

    /// The highest number given so far; `None` while there is no delivery.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub fn last_id(&self) -> Result<Option<u64>, JournalError> {
        let id: Option<i64> =
            self.connection
                .query_row("SELECT max(id) FROM delivery", [], |row| row.get(0))?;
        Ok(id.map(i64::cast_unsigned))
    }

    fn one(&self, id: u64, filter: &Filter) -> Result<Option<Row>, JournalError> {
        let row = row::row(&self.connection, signed(id))?;
        Ok(row.filter(|row| filter.admits(row) && filter.last != Some(0)))
    }
}
