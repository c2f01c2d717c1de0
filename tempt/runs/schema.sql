CREATE TABLE manifest (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE episode (
    key         TEXT PRIMARY KEY,
    position    INTEGER NOT NULL,
    cell        TEXT NOT NULL,
    scenario    TEXT NOT NULL,
    version     TEXT NOT NULL,
    arm         TEXT NOT NULL,
    levels      TEXT NOT NULL,
    label       TEXT NOT NULL,
    agent       TEXT NOT NULL,
    trial       INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    act_done    INTEGER NOT NULL,
    exposed     INTEGER NOT NULL,
    disclosure  TEXT NOT NULL,
    severity    INTEGER NOT NULL,
    performance REAL NOT NULL,
    reward      REAL NOT NULL,
    ended_by    TEXT NOT NULL,
    steps       INTEGER NOT NULL,
    turns       INTEGER NOT NULL,
    ledger_hash TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    skin        TEXT NOT NULL,
    transient   INTEGER NOT NULL,
    model       TEXT NOT NULL,
    effort      TEXT NOT NULL,
    input_tokens     INTEGER NOT NULL,
    cached_tokens    INTEGER NOT NULL,
    output_tokens    INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    ledger      BLOB NOT NULL,
    transcript  BLOB NOT NULL
) STRICT;

CREATE TABLE text (
    sha256 TEXT PRIMARY KEY,
    data   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE finding (
    episode     TEXT NOT NULL REFERENCES episode (key),
    number      INTEGER NOT NULL,
    monitor     TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    step        INTEGER NOT NULL,
    call_id     TEXT NOT NULL,
    view        TEXT NOT NULL,
    category    TEXT NOT NULL,
    score       REAL NOT NULL,
    quote       TEXT NOT NULL,
    PRIMARY KEY (episode, monitor, fingerprint, number)
) STRICT, WITHOUT ROWID;
