//! A file next to a journal that asks SQLite to roll back a transaction names no other file that is removed. An archive or a
//! repository can contain both files.

use std::fs;

use cz_hook::capture::journal::Journal;

use super::{append, count, in_folder};

const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];

/// A rollback file as a transaction over several databases leaves it when it is killed: without a change, and with the
/// name of the file that lists all of its rollback files, and that is removed at its end.
fn rollback(pages: u32, page_size: u32, name: &[u8]) -> Vec<u8> {
    const SECTOR: u32 = 512;
    const LOCK_BYTE: u32 = 0x4000_0000;
    let sum: u32 = name.iter().map(|byte| u32::from(*byte)).sum();
    let mut file = MAGIC.to_vec();
    for field in [0, 4711, pages, SECTOR, page_size] {
        file.extend(field.to_be_bytes());
    }
    file.resize(SECTOR as usize, 0);
    file.extend((LOCK_BYTE / page_size + 1).to_be_bytes());
    file.extend(name);
    file.extend((name.len() as u32).to_be_bytes());
    file.extend(sum.to_be_bytes());
    file.extend(MAGIC);
    file
}

#[test]
fn a_crafted_rollback_removes_no_other_file() {
    let (folder, path) = in_folder();
    append(&mut Journal::record(&path).unwrap(), 1..4);
    let made = fs::read(&path).unwrap();
    let page_size = u32::from(u16::from_be_bytes([made[16], made[17]]));
    let pages = made.len() as u32 / page_size;
    let victim = folder.path().join("precious");
    let mut beside = path.clone().into_os_string();
    beside.push("-journal");
    for open in [Journal::open, Journal::record] {
        fs::write(&victim, "precious").unwrap();
        fs::write(&beside, rollback(pages, page_size, victim.as_os_str().as_encoded_bytes()))
            .unwrap();
        drop(open(&path));
        assert_eq!(fs::read(&victim).unwrap(), b"precious");
        assert_eq!(count(&Journal::open(&path).unwrap()), 3);
    }
    assert!(!fs::exists(&beside).unwrap(), "it was rolled back");
}
