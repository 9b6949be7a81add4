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
