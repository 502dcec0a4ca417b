//! Columns that line up, for lists.

/// Lays rows out in columns two spaces apart; the last column is not padded. Widths are in characters.
pub fn columns(rows: &[Vec<String>]) -> Vec<Vec<String>> {
    let mut widths: Vec<usize> = Vec::new();
    for row in rows {
        for (i, cell) in row.iter().enumerate() {
            let width = cell.chars().count();
            match widths.get_mut(i) {
                Some(w) => *w = (*w).max(width),
                None => widths.push(width),
            }
        }
    }
    rows.iter()
        .map(|row| {
            let last = row.len().saturating_sub(1);
            row.iter()
                .zip(&widths)
                .enumerate()
                .map(|(i, (cell, width))| {
                    if i == last {
                        cell.clone()
                    } else {
                        format!("{cell:width$}  ")
                    }
                })
                .collect()
        })
        .collect()
}
