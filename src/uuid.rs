//! Random UUIDs, for the ids of deliveries.

/// A random UUID (version 4).
pub(crate) fn random() -> String {
    of_bits(fastrand::u128(..))
}

/// The UUID (version 4) with these random bits.
pub(crate) fn of_bits(bits: u128) -> String {
    let bits = bits & !(0xF000 << 64) & !(0b11 << 62) | 0x4000 << 64 | 0b10 << 62;
    let hex = format!("{bits:032x}");
    let part = |from, to| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    #[test]
    fn version_and_variant_are_set() {
        let one = super::random();
        let parts: Vec<_> = one.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{one}");
        assert!(one[14..].starts_with('4') && "89ab".contains(&one[19..20]), "{one}");
        assert_ne!(one, super::random());
    }
}
