//! Files that build.rs packs into the binary: compressed, each with its name.

use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// The files, in the order in which they were packed.
pub(crate) fn unpack(packed: &[u8]) -> Vec<(String, Vec<u8>)> {
    const MAX_SIZE: usize = 16 << 20;
    let bytes = decompress_to_vec_with_limit(packed, MAX_SIZE).unwrap_or_default();
    let mut files = Vec::new();
    let mut rest = &bytes[..];
    while let Some((name, behind)) = part(rest)
        && let Some((contents, behind)) = part(behind)
    {
        files.push((String::from_utf8_lossy(name).into_owned(), contents.to_vec()));
        rest = behind;
    }
    files
}

/// A length of four bytes, and as many bytes.
fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)
}

#[cfg(test)]
mod tests {
    use super::unpack;

    #[test]
    fn bytes_that_are_not_packed_hold_no_files() {
        for bytes in [&[][..], b"nonsense", &[0xff; 64]] {
            assert!(unpack(bytes).is_empty());
        }
    }
}
