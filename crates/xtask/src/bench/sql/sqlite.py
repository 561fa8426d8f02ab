"""SetPhone with sendCode on SQLite, one prepared transaction per call: what `cargo xtask bench` compares with.

Python's `sqlite3` keeps statements prepared, and a call waits for the disk far longer than it spends in Python.
"""

import hashlib
import json
import random
import sqlite3
import sys
import time

MAC = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
CODE = {"id": "0123456789abcdef0123456789abcdef", "expires_at": "2030-01-01T00:00:00Z", "digest": {"key_id": "bench", "mac": MAC}}


def open_database(path):
    database = sqlite3.connect(path, isolation_level=None)
    # What bears on durability and erasure is as the server has it. The log is carried into the file by commits, as by default.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
        database.execute(f"PRAGMA {pragma}")
    return database


def document(n, number):
    return json.dumps({
        "state": "active", "organization": "ringtrue", "username": f"u{n}",
        "profile": {"given_name": "Ada", "family_name": "Lovelace", "display_name": "Ada Lovelace"},
        "email": {"address": f"u{n}@example.com", "verified": True},
        "phone": {"number": number, "verified": False, "code": CODE},
        "failures": 0, "lock": None, "created_at": "2026-01-01T00:00:00Z",
    }, separators=(",", ":"))


def seed(path, users):
    database = open_database(path)
    now = time.time_ns() // 1000
    database.execute("BEGIN")
    for n in range(1, users + 1):
        user, number = f"u{n:08}", f"+4178{n:07}"
        database.execute("INSERT INTO users (user_id, sequence, commit_id, changed_at, document) VALUES (?, 1, ?, ?, ?)",
                         (user, random.randbytes(16), now, document(n, number)))
        database.execute("INSERT INTO user_events (user_id, sequence, at, editor, type, payload) VALUES (?, 1, ?, 'bench', ?, ?)",
                         (user, now, "user.human.phone.code.added", json.dumps({"type": "user.human.phone.code.added", "code": CODE, "returned": True})))
        database.execute("INSERT INTO claims (kind, value, user_id) VALUES ('username', ?, ?)", (f"u{n}", user))
    database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def message_id():
    """Begins with the time, as the server's do, so that its index is written to at its end only."""
    return time.time_ns().to_bytes(8, "big") + random.randbytes(8)


def set_phone(database, users, token_hash):
    n, number = random.randint(1, users), f"+4179{random.randint(1_000_000, 9_999_999)}"
    user, now = f"u{n:08}", time.time_ns() // 1000
    database.execute("BEGIN IMMEDIATE")
    database.execute("SELECT token_id, hash, user_id, service, grants, created_at, expires_at FROM tokens WHERE hash = ?", (token_hash,)).fetchone()
    sequence = database.execute("SELECT sequence, changed_at, commit_id, document FROM users WHERE user_id = ?", (user,)).fetchone()[0]
    database.execute("UPDATE users SET sequence = ?, commit_id = ?, changed_at = ?, document = ? WHERE user_id = ? AND sequence = ?",
                     (sequence + 2, random.randbytes(16), now, document(n, number), user, sequence))
    record = "INSERT INTO user_events (user_id, sequence, at, editor, type, payload) VALUES (?, ?, ?, 'bench', ?, ?)"
    changed = {"type": "user.human.phone.changed", "phone": number}
    issued = {"type": "user.human.phone.code.added", "code": CODE, "returned": False}
    for event in (changed, issued):
        sequence += 1
        database.execute(record, (user, sequence, now, event["type"], json.dumps(event)))
    database.execute("UPDATE outbox SET state = 'superseded', sealed = NULL, key_id = NULL, lease_id = NULL, lease_until = NULL, settled_at = ?"
                     " WHERE user_id = ? AND settled_at IS NULL", (now, user))
    database.execute("INSERT INTO outbox (message_id, user_id, code_id, created_at, expires_at, state, key_id, sealed) VALUES (?, ?, ?, ?, ?, 'waiting', 'bench', ?)",
                     (message_id(), user, random.randbytes(16), now, now + 600_000_000, bytes(96)))
    database.execute("COMMIT")


def measure(path, users, seconds, token):
    database = open_database(path)
    token_hash = hashlib.sha256(token.encode()).digest()
    done, begun = 0, time.monotonic()
    while time.monotonic() - begun < seconds:
        set_phone(database, users, token_hash)
        done += 1
    print(done / (time.monotonic() - begun))
    database.close()


def settle(path):
    """Waits until the server has handed off all messages, so that it does nothing while the loop is measured."""
    database, begun = open_database(path), time.monotonic()
    while database.execute("SELECT count(*) FROM outbox WHERE settled_at IS NULL").fetchone()[0] > 0:
        if time.monotonic() - begun > 120:
            sys.exit("messages were not handed off in two minutes")
        time.sleep(0.05)
    database.close()


if __name__ == "__main__":
    task, path = sys.argv[1], sys.argv[2]
    if task == "seed":
        seed(path, int(sys.argv[3]))
    elif task == "settle":
        settle(path)
    else:
        measure(path, int(sys.argv[3]), float(sys.argv[4]), sys.argv[5])
