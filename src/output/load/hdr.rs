//! The times as an HdrHistogram log (version 1.3), which other tools read: one compressed histogram for each interval.

use std::fs::File;
use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use hdrhistogram::Histogram;
use jiff::Timestamp;

use crate::load::statistics::Statistics;

pub(crate) struct HdrLog(File);

impl HdrLog {
    pub(crate) fn start(mut file: File, at: Timestamp) -> io::Result<Self> {
        let seconds = at.as_millisecond() as f64 / 1e3;
        write!(
            file,
            "#[Histogram log format version 1.3]\n#[StartTime: {seconds:.3} (seconds since epoch), {at}]\n\
             #[Times in microseconds]\n\
             \"StartTimestamp\",\"Interval_Length\",\"Interval_Max\",\"Interval_Compressed_Histogram\"\n"
        )?;
        Ok(Self(file))
    }

    /// Adds the last interval.
    pub(crate) fn add(&mut self, statistics: &Statistics) -> io::Result<()> {
        let Some(point) = statistics.points.last() else {
            return Ok(());
        };
        let start = point.at.saturating_sub(point.length).as_secs_f64();
        let (length, max) = (point.length.as_secs_f64(), point.max as f64);
        let encoded = STANDARD.encode(compressed(&statistics.interval)?);
        writeln!(self.0, "{start:.3},{length:.3},{max:.3},{encoded}")
    }
}

/// The histogram in the compressed encoding, version 2.
fn compressed(histogram: &Histogram<u64>) -> io::Result<Vec<u8>> {
    const COOKIE: u32 = 0x1c84_9303 | 0x10;
    const COMPRESSED_COOKIE: u32 = 0x1c84_9304 | 0x10;
    let mut counts = Vec::new();
    let mut zeros = 0_i64;
    let last = histogram.max();
    for bucket in histogram.iter_all() {
        if zeros > 0 && bucket.count_at_value() > 0 {
            zigzag(-zeros, &mut counts);
            zeros = 0;
        }
        match bucket.count_at_value() {
            0 => zeros += 1,
            count => zigzag(i64::try_from(count).unwrap_or(i64::MAX), &mut counts),
        }
        if bucket.value_iterated_to() >= last {
            break;
        }
    }
    let mut plain = Vec::new();
    plain.extend_from_slice(&COOKIE.to_be_bytes());
    plain.extend_from_slice(&u32::try_from(counts.len()).unwrap_or(u32::MAX).to_be_bytes());
    plain.extend_from_slice(&0_u32.to_be_bytes()); // the offset of the index
    plain.extend_from_slice(&u32::from(histogram.sigfig()).to_be_bytes());
    plain.extend_from_slice(&histogram.low().to_be_bytes());
    plain.extend_from_slice(&histogram.high().to_be_bytes());
    plain.extend_from_slice(&1_f64.to_be_bytes());
    plain.extend_from_slice(&counts);
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain)?;
    let packed = encoder.finish()?;
    let mut out = COMPRESSED_COOKIE.to_be_bytes().to_vec();
    out.extend_from_slice(&u32::try_from(packed.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(&packed);
    Ok(out)
}

/// A number of seven bits a byte, the lowest first, with its sign in the lowest bit; the ninth byte has eight bits.
fn zigzag(number: i64, out: &mut Vec<u8>) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    for _ in 0..8 {
        let byte = (rest & 0x7f) as u8;
        rest >>= 7;
        if rest == 0 {
            out.push(byte);
            return;
        }
        out.push(byte | 0x80);
    }
    out.push(rest as u8);
}
