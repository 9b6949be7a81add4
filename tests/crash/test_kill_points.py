"""kill -9 at every fault point, then resume: nothing lost, nothing twice, no torn file at any time (F01)."""

import os

import pytest

from harness import program

from . import oracles, points

KILLED = -9


def kill(rivet, place, fault, *flags):
    """One run with a watcher beside it; True when the point was reached."""
    watcher = oracles.Watcher(place)
    watcher.start()
    outcome = rivet("run", "-c", "rivet.yaml", *flags, env={"RIVET_FAULT": fault})
    watcher.finish()
    assert outcome.code in (KILLED, 0), outcome
    return outcome.code == KILLED


def recover(source, rivet, place):
    source.assert_clean()
    watcher = oracles.Watcher(place)
    watcher.start()
    oracles.resume_until_done(rivet)
    watcher.finish()
    first = oracles.check_all(rivet, place, source.expected)
    source.assert_clean()
    return first


@pytest.mark.parametrize("point", points.RUN)
def test_chunked(source, crash, folder, point):
    rivet, place = crash(), str(folder / "out" / "t")
    later = point in ("chunk_claimed", "first_batch", "mid_chunk", "footer_written", "part_fsynced", "published",
                      "recorded", "chunk_done")
    assert kill(rivet, place, f"{point}:kill9:{4 if later else 1}"), f"the run did not pass {point}"
    first = recover(source, rivet, place)
    rivet("run", "-c", "rivet.yaml").expect(0)
    again = oracles.check_all(rivet, place, source.expected)
    assert again.manifest["run_id"] != first.manifest["run_id"], "a run after success makes a new complete set"


@pytest.mark.parametrize("point", ["mid_chunk", "published", "recorded", "chunk_done"])
def test_parallel(any_source, crash, folder, point):
    rivet, place = crash(parallel=3), str(folder / "out" / "t")
    assert kill(rivet, place, f"{point}:kill9:5")
    recover(any_source, rivet, place)


@pytest.mark.parametrize("point", ["run_registered", "mid_chunk", "footer_written", "part_fsynced", "published", "recorded",
                                   "all_done", "manifest_tmp", "manifest_done", "success_marker", "cursor_advanced",
                                   "metrics_done"])
def test_full(source, crash, folder, point):
    """Nothing to resume in mode full: the same command again converges."""
    rivet = crash(mode=None, chunk_column=None, chunk_size=None, chunk_checkpoint=None)
    place = str(folder / "out" / "t")
    assert kill(rivet, place, f"{point}:kill9"), f"the run did not pass {point}"
    source.assert_clean()
    oracles.resume_until_done(rivet, flag=None)
    oracles.check_all(rivet, place, source.expected, orphans=True)


@pytest.mark.parametrize("point", points.RESUME)
def test_while_resuming(source, crash, folder, point):
    rivet, place = crash(), str(folder / "out" / "t")
    assert kill(rivet, place, "published:kill9:5")
    assert kill(rivet, place, f"{point}:kill9", "--resume"), f"the resume did not pass {point}"
    recover(source, rivet, place)


@pytest.mark.parametrize("point", points.RETRY)
def test_while_retrying(source, crash, folder, point):
    rivet, place = crash(), str(folder / "out" / "t")
    assert kill(rivet, place, f"mid_chunk:throw:3,{point}:kill9"), f"the run did not pass {point}"
    recover(source, rivet, place)


@pytest.mark.parametrize("point", ["first_batch", "mid_chunk", "footer_written", "published", "recorded"])
def test_a_failing_step_is_retried(source, crash, folder, point):
    """No kill: the step fails once and the same run still ends complete, with one attempt a unit in the manifest."""
    rivet, place = crash(), str(folder / "out" / "t")
    rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": f"{point}:throw:3"}).expect(0)
    oracles.check_all(rivet, place, source.expected, orphans=True)


@pytest.mark.parametrize("point", ["mid_chunk", "footer_written"])
def test_a_full_disk_stops_and_resumes(source, crash, folder, point):
    rivet, place = crash(), str(folder / "out" / "t")
    outcome = rivet("run", "-c", "rivet.yaml", env={"RIVET_FAULT": f"{point}:enospc:3"}).expect(1)
    assert "ENOSPC" in outcome.err or "disk" in outcome.err.lower() or "space" in outcome.err.lower()
    assert not os.path.exists(os.path.join(place, "_SUCCESS"))
    recover(source, rivet, place)


@pytest.mark.parametrize("point", points.ELSEWHERE)
def test_points_that_only_others_pass(point):
    pytest.skip(f"{point}: {points.ELSEWHERE[point]}")


def test_every_point_of_the_binary_is_in_the_list():
    path = os.path.join(program.ROOT, "src", "base", "fault_point.cc")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    listed = text[text.index("kFaultPoints = {"):]
    names = [word for word in listed[:listed.index("};")].split('"')[1::2]]
    assert sorted(names) == sorted(points.ALL)


def test_the_release_has_no_switch():
    path = os.path.join(program.ROOT, "build", "bin", "rivet")
    if not os.path.exists(path):
        pytest.skip("no release build at build/bin/rivet (make build)")
    with open(path, "rb") as file:
        content = file.read()
    assert b"RIVET_FAULT" not in content and b"orphan_sweep" not in content
