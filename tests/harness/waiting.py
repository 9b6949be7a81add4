"""Waiting for a condition, never for a while."""

import os
import time

LOOK_SECONDS = 0.02


def wait_for(condition, what, seconds=30):
    """The first true value of condition(); fails, saying what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(LOOK_SECONDS)


def published(folder, name, count=1):
    """Condition: that many finished files lie at out/<name>."""
    place = os.path.join(str(folder), "out", name)

    def look():
        found = [entry for entry in os.listdir(place) if entry.endswith(".parquet")] if os.path.isdir(place) else []
        return len(found) >= count and found

    return look


def is_paused(child):
    """Whether a child stands still at a fault point; fails when it has ended."""
    assert child.poll() is None, f"ended with {child.returncode}"
    with open(f"/proc/{child.pid}/stat", encoding="utf-8", errors="replace") as file:
        return file.read().rpartition(")")[2].split()[0] == "T"
