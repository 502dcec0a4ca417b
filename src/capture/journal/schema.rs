//! The journal's tables and indexes. The file contains the SQL with its comments: `sqlite3 FILE .schema` shows them.

use rusqlite::Connection;

use super::error::JournalError;

/// Creates the tables. The deliveries' indexes hold `received_at` and, as every index does, the id: a
/// listing in that order ends as soon as it has enough rows, whatever it filters by.
pub(super) const TABLES: &str = "
CREATE TABLE run ( -- a listener, from its start to its end
    id       INTEGER PRIMARY KEY,
    began_at INTEGER NOT NULL, -- microseconds since 1970-01-01 UTC
    version  TEXT    NOT NULL  -- of the program that recorded
) STRICT;

CREATE TABLE kind ( -- each combination of what deliveries are looked for by: one index serves all
    id       INTEGER PRIMARY KEY,
    provider TEXT,             -- whose delivery it was; NULL: not detected
    event    TEXT,             -- the event's name in the body; NULL: none
    channel  TEXT,             -- the channel in the body; NULL: none
    verdict  TEXT    NOT NULL  -- on the signature: valid, invalid, missing, malformed, stale, unsigned, unchecked
) STRICT;

CREATE TABLE delivery (
    id                  INTEGER PRIMARY KEY, -- the number that is shown
    received_at         INTEGER NOT NULL,    -- microseconds since 1970-01-01 UTC
    kind                INTEGER NOT NULL REFERENCES kind,
    run                 INTEGER NOT NULL REFERENCES run,
    number              INTEGER NOT NULL,    -- the listener's own number, unique in its run
    repeats             INTEGER,             -- the listener's own number of the first with the same body
    peer                TEXT,                -- ADDRESS:PORT of the sender
    method              TEXT    NOT NULL,    -- as it was sent
    target              TEXT    NOT NULL,    -- path and query as they were sent
    signature_header    TEXT,                -- the header that was looked for, in lower case
    signature_algorithm TEXT,                -- such as hmac-sha256
    signature_reason    TEXT    NOT NULL,    -- the verdict in a sentence
    validation          TEXT    NOT NULL,    -- of the body: valid, invalid, unknown_event, not_json
    findings            TEXT,                -- JSON: {\"errors\":[{\"path\",\"message\"}],\"notes\":[same]}; NULL: none
    status              INTEGER,             -- that was answered; NULL: closed without an answer
    injected            TEXT,                -- the fault that was injected on purpose
    forwarded_url       TEXT,                -- where it was forwarded to, without user and password
    forwarded_status    INTEGER,             -- what that endpoint answered
    forwarded_error     TEXT,                -- or why there was no answer
    forwarded_us        INTEGER,             -- how long that took, in microseconds
    duration_us         INTEGER NOT NULL,    -- from the end of the head to the answer, in microseconds
    headers             BLOB    NOT NULL,    -- the lines as sent: NAME, colon, space, VALUE, CR LF
    body                BLOB    NOT NULL,    -- after what is listed, so that a listing does not read past it
    forwarded_headers   BLOB,                -- of the endpoint's response, as those of the delivery; NULL: not kept
    forwarded_body      BLOB,                -- the beginning of the body of that response
    forwarded_clipped   INTEGER              -- 1: there was more
) STRICT;

CREATE INDEX kind_by_name ON kind (event, channel, provider, verdict);
CREATE INDEX delivery_by_time ON delivery (received_at);
CREATE INDEX delivery_by_kind ON delivery (kind, received_at);
CREATE INDEX delivery_by_number ON delivery (run, number);
";

/// Adds the columns that a journal of an earlier version does not have. Earlier versions leave them as they are.
pub(super) const ADDED: &str = "
ALTER TABLE delivery ADD COLUMN forwarded_headers BLOB;
ALTER TABLE delivery ADD COLUMN forwarded_body BLOB;
ALTER TABLE delivery ADD COLUMN forwarded_clipped INTEGER;
";

/// Whether the journal has the columns for the responses of endpoints. Those of earlier versions do not.
pub(super) fn keeps_responses(connection: &Connection) -> Result<bool, JournalError> {
    // What SQLite knows of the columns may be older than the file.
    let has_them = "SELECT count(*) FROM sqlite_schema
                    WHERE name = 'delivery' AND instr(sql, 'forwarded_clipped')";
    Ok(connection.query_row(has_them, [], |row| row.get::<_, i64>(0))? > 0)
}
