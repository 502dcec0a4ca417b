//! Rows of a table in which every two values of different columns meet: far fewer than all combinations.

/// The rows for columns with these numbers of values. Each row holds the number of a value for every column; together
/// they hold every pair of values of two columns. Deterministic. Empty when a column has no value.
pub fn rows(sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut open = Open::new(sizes);
    let mut rows = Vec::new();
    while let Some(first) = open.first() {
        let mut row: Vec<Option<usize>> = vec![None; sizes.len()];
        for (column, value) in first {
            set(&mut row, column, value);
        }
        for (column, size) in sizes.iter().enumerate() {
            if row.get(column).is_some_and(Option::is_some) {
                continue;
            }
            // Ties go to another value in every row, so that no value is preferred.
            let start = rows.len() % (*size).max(1);
            let values = (0..*size).map(|n| (start + n) % size);
            let best = values.rev().max_by_key(|value| open.gain(&row, column, *value));
            set(&mut row, column, best.unwrap_or_default());
        }
        let row: Vec<usize> = row.into_iter().map(Option::unwrap_or_default).collect();
        open.close(&row);
        rows.push(row);
    }
    rows
}

fn set(row: &mut [Option<usize>], column: usize, value: usize) {
    if let Some(cell) = row.get_mut(column) {
        *cell = Some(value);
    }
}

/// The pairs that no row holds yet.
struct Open {
    /// Where the values of a column begin among all values.
    starts: Vec<usize>,
    total: usize,
    /// By the numbers of two values, the smaller first.
    pairs: Vec<bool>,
    /// No earlier pair is open.
    next: usize,
    sizes: Vec<usize>,
}

impl Open {
    fn new(sizes: &[usize]) -> Self {
        let mut total = 0;
        let starts: Vec<usize> = sizes
            .iter()
            .map(|size| {
                let start = total;
                total += size;
                start
            })
            .collect();
        let mut open =
            Self { starts, total, pairs: vec![false; total * total], next: 0, sizes: sizes.into() };
        if sizes.contains(&0) {
            return open;
        }
        for (a, size_a) in sizes.iter().enumerate() {
            for (b, size_b) in sizes.iter().enumerate().skip(a + 1) {
                for (x, y) in (0..*size_a).flat_map(|x| (0..*size_b).map(move |y| (x, y))) {
                    let place = open.place((a, x), (b, y));
                    if let Some(pair) = open.pairs.get_mut(place) {
                        *pair = true;
                    }
                }
            }
        }
        open
    }

    fn number(&self, (column, value): (usize, usize)) -> usize {
        self.starts.get(column).copied().unwrap_or_default() + value
    }

    fn place(&self, a: (usize, usize), b: (usize, usize)) -> usize {
        let (a, b) = (self.number(a), self.number(b));
        a.min(b) * self.total + a.max(b)
    }

    /// An open pair, if there is one.
    fn first(&mut self) -> Option<[(usize, usize); 2]> {
        while self.next < self.pairs.len() && self.pairs.get(self.next) != Some(&true) {
            self.next += 1;
        }
        if self.next >= self.pairs.len() {
            return None;
        }
        let column_of = |number: usize| {
            let column = self.starts.partition_point(|start| *start <= number).checked_sub(1)?;
            // Columns without values begin at the same place: the last of them holds the value.
            let start = self.starts.get(column)?;
            (number - start < *self.sizes.get(column)?).then_some((column, number - start))
        };
        Some([column_of(self.next / self.total)?, column_of(self.next % self.total)?])
    }

    /// How many open pairs a value would close in a row.
    fn gain(&self, row: &[Option<usize>], column: usize, value: usize) -> usize {
        let set = row.iter().enumerate().filter_map(|(other, cell)| cell.map(|cell| (other, cell)));
        let set = set.filter(|(other, _)| *other != column);
        let pairs = set.map(|other| self.place(other, (column, value)));
        pairs.filter(|place| self.pairs.get(*place) == Some(&true)).count()
    }

    fn close(&mut self, row: &[usize]) {
        for (a, x) in row.iter().enumerate() {
            for (b, y) in row.iter().enumerate().skip(a + 1) {
                let place = self.place((a, *x), (b, *y));
                if let Some(pair) = self.pairs.get_mut(place) {
                    *pair = false;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_pair_is_in_a_row_and_there_are_few_rows() {
        for sizes in [&[10, 10, 2, 10, 4, 8, 4, 4][..], &[3, 1, 2], &[2, 2], &[1, 1, 1]] {
            let rows = rows(sizes);
            for a in 0..sizes.len() {
                for b in a + 1..sizes.len() {
                    let pairs: HashSet<_> = rows.iter().map(|row| (row[a], row[b])).collect();
                    assert_eq!(pairs.len(), sizes[a] * sizes[b], "{sizes:?} {a} {b}");
                }
            }
            let mut largest = sizes.to_vec();
            largest.sort_unstable();
            let least: usize = largest.iter().rev().take(2).product();
            assert!(rows.len() <= least * 3 / 2, "{sizes:?}: {}", rows.len());
            assert!(rows.iter().all(|row| row.iter().zip(sizes).all(|(value, size)| value < size)));
        }
    }

    #[test]
    fn a_column_without_values_has_no_rows() {
        assert!(rows(&[2, 0, 3]).is_empty());
        assert!(rows(&[]).is_empty());
    }
}
