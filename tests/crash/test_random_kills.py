"""kill -9 at random instants, then resume until 0 (F02), on both engines.

RIVET_KILLS (default 6) instants on each engine over a table of RIVET_CRASH_ROWS (default 60000) rows; RIVET_SEED
replays them:
    RIVET_KILLS=50 RIVET_CRASH_ROWS=500000 pytest tests/crash/test_random_kills.py [-k mariadb]
"""

import os
import random
import subprocess
import time

import pytest

from . import oracles

KILLS = int(os.environ.get("RIVET_KILLS", "6"))
SEED = int(os.environ.get("RIVET_SEED") or random.SystemRandom().randrange(1 << 30))
RESUME_KILL_CHANCE = 0.4


@pytest.fixture(scope="module")
def whole_run():
    """Seconds of one undisturbed run; measured by the first test."""
    return {}


def killed_after(rivet, seconds, *flags):
    child = rivet.start("run", "-c", "rivet.yaml", *flags)
    try:
        child.wait(seconds)
    except subprocess.TimeoutExpired:  # still running: that is the point
        child.kill()
    return rivet.finish(child, ["run", *flags])


@pytest.mark.parametrize("turn", range(KILLS))
def test_kill_at_a_random_instant(any_source, crash, folder, whole_run, turn):
    instant = random.Random(f"{SEED}/{any_source.engine}/{turn}")
    parallel = instant.choice([1, 1, 2, 4])
    kind = (any_source.engine, parallel)
    if kind not in whole_run:
        rivet = crash(parallel=parallel)
        begun = time.monotonic()
        rivet("run", "-c", "rivet.yaml").expect(0)
        whole_run[kind] = time.monotonic() - begun
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
    rivet, place = crash(parallel=parallel), str(folder / "out" / "t")
    delays = [instant.uniform(0, whole_run[kind] * 1.05)]
    while instant.random() < RESUME_KILL_CHANCE and len(delays) < 3:
        delays.append(instant.uniform(0, whole_run[kind]))
    print(f"RIVET_SEED={SEED} {any_source.engine} turn {turn}: parallel {parallel}, killed after "
          f"{[round(delay, 4) for delay in delays]} s")

    watcher = oracles.Watcher(place)
    watcher.start()
    flags = []
    for delay in delays:
        outcome = killed_after(rivet, delay, *flags)
        assert outcome.code in (-9, 0, 2), outcome
        flags = ["--resume"] if outcome.code != 2 else []
    any_source.assert_clean()
    if not os.path.exists(os.path.join(str(folder), ".rivet_state.db")):
        flags = []
    oracles.resume_until_done(rivet, flag="--resume" if flags else None)
    watcher.finish()
    oracles.check_all(rivet, place, any_source.expected)
    any_source.assert_clean()
