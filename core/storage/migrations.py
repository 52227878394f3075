"""Schema migrations: a list of named steps, each applied once and recorded by name.

``PRAGMA user_version`` holds how many have been applied; a file with more than we know was written by a newer Deskhand.
"""

from __future__ import annotations

INITIAL = """
CREATE TABLE event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id TEXT NOT NULL,
    type TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX event_run ON event (run_id, seq);
CREATE TRIGGER event_no_update BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_no_delete BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    workspace TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    head TEXT NOT NULL DEFAULT '',
    archived INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE message (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    parent_id TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    text TEXT NOT NULL,
    run_id TEXT NOT NULL,
    at TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX message_conversation ON message (conversation_id, at);
CREATE INDEX message_run ON message (run_id);
CREATE VIRTUAL TABLE message_text USING fts5 (text, content = 'message', content_rowid = 'rowid', tokenize = 'unicode61 remove_diacritics 2');
CREATE TRIGGER message_ai AFTER INSERT ON message BEGIN INSERT INTO message_text (rowid, text) VALUES (new.rowid, new.text); END;
CREATE TRIGGER message_ad AFTER DELETE ON message BEGIN
    INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.rowid, old.text); END;
CREATE TRIGGER message_au AFTER UPDATE ON message BEGIN
    INSERT INTO message_text (message_text, rowid, text) VALUES ('delete', old.rowid, old.text);
    INSERT INTO message_text (rowid, text) VALUES (new.rowid, new.text); END;

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    conversation_id TEXT NOT NULL,
    status TEXT NOT NULL,
    request TEXT NOT NULL,
    started_at TEXT NOT NULL,
    finished_at TEXT NOT NULL DEFAULT '',
    result TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX run_status ON run (status);
CREATE INDEX run_conversation ON run (conversation_id, started_at);

CREATE TABLE approval (
    id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    decided_at TEXT NOT NULL DEFAULT '',
    data TEXT NOT NULL
) STRICT;
CREATE INDEX approval_state ON approval (state);

CREATE TABLE permission (
    id TEXT PRIMARY KEY,
    tool TEXT NOT NULL,
    scope TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('allow', 'ask', 'deny')),
    conversation_id TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE egress (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    run_id TEXT NOT NULL,
    host TEXT NOT NULL,
    purpose TEXT NOT NULL,
    allowed INTEGER NOT NULL
) STRICT;
"""

MEMORY = """
CREATE TABLE memory (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    level TEXT NOT NULL CHECK (level IN ('fact', 'turn')),
    text TEXT NOT NULL,
    said_by TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('person', 'assistant', 'outside')),
    place TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '',
    at TEXT NOT NULL,
    valid_to TEXT NOT NULL DEFAULT '',
    replaced_by TEXT NOT NULL DEFAULT '',
    used INTEGER NOT NULL DEFAULT 0,
    used_at TEXT NOT NULL DEFAULT '',
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX memory_hash ON memory (hash);
CREATE INDEX memory_place ON memory (place, level, number);
CREATE INDEX memory_about ON memory (about) WHERE about != '';
CREATE INDEX memory_said_by ON memory (said_by);
CREATE VIRTUAL TABLE memory_words USING fts5(text, before, after, tokenize = 'porter unicode61');
CREATE TABLE memory_gathered (one INTEGER PRIMARY KEY CHECK (one = 1), message INTEGER NOT NULL) STRICT;
CREATE TABLE memory_vector (number INTEGER PRIMARY KEY, own BLOB NOT NULL, wide BLOB NOT NULL) STRICT;
"""

FORGETFUL = "ALTER TABLE conversation ADD COLUMN remember INTEGER NOT NULL DEFAULT 1;"

SKILLS = """
CREATE TABLE skill (
    folder TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    enabled INTEGER,
    source TEXT NOT NULL DEFAULT '',
    accepted TEXT NOT NULL DEFAULT '',
    installed_at TEXT NOT NULL DEFAULT '',
    retired TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE skill_use (
    run_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    status TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX skill_use_name ON skill_use (name, at);
"""

SCHEDULES = """
CREATE TABLE schedule (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    zone TEXT NOT NULL,
    task TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('on', 'paused', 'over')),
    next_at INTEGER,
    envelope TEXT NOT NULL DEFAULT '[]',
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    conversation_id TEXT NOT NULL DEFAULT '',
    last_answer TEXT NOT NULL DEFAULT '',
    failing TEXT NOT NULL DEFAULT '',
    failures INTEGER NOT NULL DEFAULT 0,
    seen TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX schedule_next ON schedule (next_at) WHERE state = 'on';
CREATE INDEX schedule_name ON schedule (lower(name));
CREATE INDEX schedule_event ON schedule (json_extract(rule, '$.event')) WHERE state = 'on' AND json_extract(rule, '$.kind') = 'when';
CREATE TABLE occurrence (
    schedule_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    cause TEXT NOT NULL DEFAULT '',
    start_at INTEGER NOT NULL,
    decided_at INTEGER NOT NULL,
    run_id TEXT NOT NULL DEFAULT '',
    attempt INTEGER NOT NULL DEFAULT 0,
    finished_at INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (schedule_id, due_at)
) STRICT;
CREATE INDEX occurrence_state ON occurrence (state, start_at);
CREATE INDEX occurrence_schedule ON occurrence (schedule_id, state);
CREATE INDEX occurrence_due ON occurrence (due_at);
CREATE INDEX occurrence_run ON occurrence (run_id) WHERE run_id != '';
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    schedule_id TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX notice_unseen ON notice (id) WHERE seen = 0;
CREATE TABLE schedule_alive (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT;
"""

RATED = """
ALTER TABLE memory ADD COLUMN rating INTEGER NOT NULL DEFAULT 0;
CREATE TABLE memory_before (id TEXT PRIMARY KEY, text TEXT NOT NULL) STRICT;
"""

DEVICES = """
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('paired', 'revoked')),
    words TEXT NOT NULL,
    card TEXT NOT NULL DEFAULT '{}',
    card_digest TEXT NOT NULL DEFAULT '',
    paired_at TEXT NOT NULL,
    seen_at TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX device_name ON device (lower(name)) WHERE state = 'paired';
CREATE TABLE invite (id TEXT PRIMARY KEY, key TEXT NOT NULL, expires_at INTEGER NOT NULL, used_by TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE assignment (
    id TEXT PRIMARY KEY,
    device_id TEXT NOT NULL,
    run_id TEXT NOT NULL,
    step_id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    claimed INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'ended', 'lapsed', 'stopped')),
    payload TEXT NOT NULL,
    result TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL,
    ended_at TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX assignment_device ON assignment (device_id, created_at);
CREATE INDEX assignment_run ON assignment (run_id);
CREATE TABLE duty (
    id TEXT PRIMARY KEY,
    generation INTEGER NOT NULL,
    payload TEXT NOT NULL,
    run_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('taken', 'started', 'ended', 'dropped')),
    result TEXT NOT NULL DEFAULT '',
    sent INTEGER NOT NULL DEFAULT 0,
    at TEXT NOT NULL
) STRICT;
CREATE INDEX duty_run ON duty (run_id);
CREATE INDEX duty_open ON duty (state) WHERE state IN ('taken', 'started') OR sent = 0;
CREATE TABLE membership (one INTEGER PRIMARY KEY CHECK (one = 1), data TEXT NOT NULL) STRICT;
CREATE TABLE offered (peer TEXT NOT NULL, digest TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, at TEXT NOT NULL, PRIMARY KEY (peer, digest)) STRICT;
"""

MOVED = """
ALTER TABLE conversation ADD COLUMN held_by TEXT NOT NULL DEFAULT '';
ALTER TABLE conversation ADD COLUMN term INTEGER NOT NULL DEFAULT 1;
"""

NOTICED = """
ALTER TABLE notice ADD COLUMN name TEXT NOT NULL DEFAULT '';
"""

COMPARED = """
CREATE TABLE memory_compared (older TEXT NOT NULL, newer TEXT NOT NULL, same INTEGER NOT NULL, PRIMARY KEY (older, newer)) STRICT, WITHOUT ROWID;
"""

LOOKED_OVER = """
CREATE TABLE skill_report (digest TEXT PRIMARY KEY, rules TEXT NOT NULL, report TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# who sent a conversation here or has it; runs of other machines that read words from outside; files that hold such words, by content and by what they are on the disk
ORIGINS = """
ALTER TABLE conversation ADD COLUMN peer TEXT NOT NULL DEFAULT '';
CREATE TABLE run_outside (run_id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE content_origin (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, origin TEXT NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE file_origin (path TEXT PRIMARY KEY, device INTEGER NOT NULL, inode INTEGER NOT NULL, origin TEXT NOT NULL, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

# hash[n] holds content = SHA-256(salt ‖ data) in place of data, so that what is erased leaves the chain whole and cannot be guessed (decision 31)
ERASABLE = """
ALTER TABLE event ADD COLUMN salt BLOB;
ALTER TABLE event ADD COLUMN content BLOB;
DROP TRIGGER event_no_update;
CREATE TRIGGER event_no_update BEFORE UPDATE ON event
WHEN NOT (new.seq = old.seq AND new.type = old.type AND new.run_id = old.run_id AND new.at = old.at AND new.hash = old.hash AND new.content = old.content AND new.salt IS NULL)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
"""

MIGRATIONS: list[tuple[str, str]] = [
    ("m0001_initial", INITIAL),
    ("m0002_memory", MEMORY),
    ("m0003_forgetful", FORGETFUL),
    ("m0004_skills", SKILLS),
    ("m0005_schedules", SCHEDULES),
    ("m0006_rated", RATED),
    ("m0007_devices", DEVICES),
    ("m0008_moved", MOVED),
    ("m0009_noticed", NOTICED),
    ("m0010_compared", COMPARED),
    ("m0011_looked_over", LOOKED_OVER),
    ("m0012_origins", ORIGINS),
    ("m0013_erasable", ERASABLE),
]
