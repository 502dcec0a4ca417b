//! A full disk, and files that are not journals.

use std::fs;
use std::path::Path;

use cz_hook::capture::journal::{Filter, Journal, JournalError};
use rusqlite::Connection;

use super::{all, append, count, files, in_folder, is_sound, received};

#[test]
fn a_full_disk_leaves_no_partial_delivery_and_recording_resumes() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    journal.cap(Some(200_000)).unwrap();
    let mut written = 0;
    let error = loop {
        let batch: Vec<_> = (written..written + 8).map(received).collect();
        match journal.append(&batch.iter().collect::<Vec<_>>()) {
            Ok(ids) => written += ids.len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(error, JournalError::Full);
    assert!(written > 8, "{written}");
    assert_eq!(count(&journal), written);
    assert_eq!(count(&Journal::open(&path).unwrap()), written);
    journal.cap(None).unwrap();
    append(&mut journal, written..written + 8);
    assert_eq!(count(&journal), written + 8);
    for captured in all(&journal, &Filter::default()) {
        assert_eq!(captured.delivery, received(captured.id - 1).delivery);
    }
    drop(journal);
    let size = fs::metadata(&path).unwrap().len();
    assert!((180_000..300_000).contains(&size), "{size}");
    is_sound(&path);
}

/// Leaves a database in the state of a kill during a long transaction.
fn cut_off(database: Connection, folder: &Path) {
    database
        .execute_batch(
            "PRAGMA cache_size = 1; BEGIN; CREATE TABLE IF NOT EXISTS c (d); CREATE TABLE e (f);
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200)
             INSERT INTO e SELECT randomblob(4000) FROM n",
        )
        .unwrap();
    let left = files(folder);
    drop(database);
    for (path, bytes) in left {
        fs::write(path, bytes).unwrap();
    }
}

#[test]
fn a_partly_created_journal_is_created_again() {
    let (folder, path) = in_folder();
    cut_off(Connection::open(&path).unwrap(), folder.path());
    assert!(fs::metadata(&path).unwrap().len() > 0);
    let mut journal = Journal::record(&path).unwrap();
    assert_eq!(append(&mut journal, [1]), [1]);
    drop(journal);
    is_sound(&path);
}

/// A kill between the last page of the new tables and the commit: the file looks complete, and SQLite rolls it back.
#[test]
fn a_journal_whose_creation_was_not_committed_is_created_again() {
    let (_folder, path) = in_folder();
    drop(Journal::record(&path).unwrap());
    let mut bytes = fs::read(&path).unwrap();
    // Not yet with a write-ahead log.
    bytes[18..20].fill(1);
    fs::write(&path, bytes).unwrap();
    // A rollback journal of a file that had no page before: sectors of 512 bytes, pages of 4096.
    let mut rollback = vec![0; 512];
    rollback[..8].copy_from_slice(b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7");
    rollback[20..28].copy_from_slice(&[0, 0, 2, 0, 0, 0, 16, 0]);
    let mut name = path.as_os_str().to_owned();
    name.push("-journal");
    fs::write(name, rollback).unwrap();
    let mut journal = Journal::record(&path).unwrap();
    assert_eq!(append(&mut journal, [1]), [1]);
    drop(journal);
    is_sound(&path);
}

#[test]
fn a_file_that_is_not_a_journal_is_left_unchanged() {
    let (folder, path) = in_folder();
    let refuse = |what: &str, expected: &JournalError| {
        let before = files(folder.path());
        assert_eq!(&Journal::record(&path).unwrap_err(), expected, "{what}");
        assert_eq!(&Journal::open(&path).unwrap_err(), expected, "{what}");
        assert_eq!(files(folder.path()), before, "{what}");
    };
    fs::write(&path, "POST / HTTP/1.1\r\n\r\n{}").unwrap();
    refuse("text", &JournalError::NotAJournal);
    fs::write(&path, vec![7; 100_000]).unwrap();
    refuse("bytes", &JournalError::NotAJournal);
    fs::write(&path, vec![0; 4096]).unwrap();
    refuse("zeros", &JournalError::NotAJournal);
    fs::remove_file(&path).unwrap();

    // Another program's database that is being written: all its content is in its log.
    let other = Connection::open(&path).unwrap();
    other.pragma_update(None, "journal_mode", "wal").unwrap();
    other.execute_batch("CREATE TABLE a (b); INSERT INTO a VALUES (1)").unwrap();
    let left = files(folder.path());
    drop(other);
    for (path, bytes) in &left {
        fs::write(path, bytes).unwrap();
    }
    refuse("another database", &JournalError::NotAJournal);
    for path in left.keys() {
        fs::remove_file(path).unwrap();
    }

    // The same without a log: its changes have to be rolled back, and not by this program.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE a (b)").unwrap();
    cut_off(other, folder.path());
    assert_eq!(files(folder.path()).len(), 2);
    refuse("a database that was cut off", &JournalError::NotAJournal);
    for path in files(folder.path()).keys() {
        fs::remove_file(path).unwrap();
    }

    // The application ID of a journal on other tables.
    drop(Journal::record(&path).unwrap());
    let other = Connection::open(&path).unwrap();
    other.execute_batch("ALTER TABLE delivery RENAME TO other").unwrap();
    other.close().unwrap();
    let read = Journal::open(&path).and_then(|journal| journal.list(&Filter::default()));
    assert_eq!(read.unwrap_err(), JournalError::NotAJournal);
    fs::remove_file(&path).unwrap();

    drop(Journal::record(&path).unwrap());
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 2).unwrap();
    newer.close().unwrap();
    refuse("a newer journal", &JournalError::Newer { found: 2, known: 1 });
}

#[test]
fn opening_errors_are_explained() {
    let (folder, path) = in_folder();
    assert!(matches!(Journal::open(&path), Err(JournalError::Io(_))));
    assert!(!path.exists());
    let nowhere = folder.path().join("no/such/folder.db");
    assert!(matches!(Journal::record(&nowhere), Err(JournalError::Io(_))));
    for result in [Journal::open(folder.path()), Journal::record(folder.path())] {
        assert!(matches!(result, Err(JournalError::Io(_))), "{result:?}");
    }
    fs::write(&path, "").unwrap();
    assert_eq!(Journal::open(&path).unwrap_err(), JournalError::NotAJournal);
    Journal::record(&path).unwrap();
    let mut reader = Journal::open(&path).unwrap();
    assert_eq!(reader.append(&[&received(1)]), Err(JournalError::ReadOnly));
}

#[test]
fn a_locked_file_is_waited_for_up_to_a_limit() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    let holder = Connection::open(&path).unwrap();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(journal.append(&[&received(1)]), Err(JournalError::Busy));
    assert_eq!(count(&Journal::open(&path).unwrap()), 0);
    holder.execute_batch("COMMIT").unwrap();
    assert_eq!(append(&mut journal, [1]), [1]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_any_of_its_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, [1]);
    let _reader = Journal::open(&path).unwrap();
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        names.push(entry.file_name());
    }
    assert_eq!(names.len(), 3, "{names:?}");
    drop((journal, _reader));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
