"""Several exports at once, each in a process of its own: `rivet run --parallel-export-processes`."""

import json
import os
import pty
import select
import signal
import subprocess
import time

import pytest

from harness import compare, program
from harness.program import export
from harness.waiting import published, wait_for

ROWS = 5000
CHUNKED = {"mode": "chunked", "chunk_column": "id", "chunk_size": 500, "chunk_checkpoint": True}
SLOW = {"tuning": {"batch_size": 100, "throttle_ms": 40}}
NAMES = ["a", "b", "c", "d"]
FLAG = "--parallel-export-processes"


def four(**keys):
    return [export(name, table="t", **keys) for name in NAMES]


def words_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return [word.decode() for word in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


def children_of(pid):
    """Export -> process id of the children that run one now."""
    found = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        named = [word for word in words_of(name) if word.startswith("--export=")]
        if int(parent) == pid and state != "Z" and named:
            found[named[0].removeprefix("--export=")] = int(name)
    return found


def name_of(pid):
    with open(f"/proc/{pid}/comm", encoding="utf-8") as file:
        return file.read().strip()


def is_gone(pid):
    return lambda: not words_of(pid)


@pytest.mark.parametrize("how", ["flag", "key"])
def test_each_export_has_its_process_and_all_arrive(any_db, rivet, configure, landed, background, how):
    any_db.make_table("t", ROWS)
    # Both keys are true: processes win.
    keys = {"parallel_exports": True, "parallel_export_processes": True} if how == "key" else {}
    configure(four(**CHUNKED, **SLOW), **keys)
    args = ["run", "-c", "rivet.yaml", "--json"] + ([FLAG] if how == "flag" else [])
    child = background(rivet.start(*args))
    wait_for(lambda: len(children_of(child.pid)) == 4, "four processes")
    outcome = rivet.finish(child, args).expect(0)
    aggregate = outcome.json
    assert aggregate["parallel_mode"] == "parallel-processes"
    assert [one["export_name"] for one in aggregate["per_export"]] == NAMES, "in the order of the config"
    assert aggregate["total_rows"] == 4 * ROWS and aggregate["success_count"] == 4 and aggregate["total_files"] == 40
    assert len({one["run_id"] for one in aggregate["per_export"]}) == 4
    for one in aggregate["per_export"]:
        assert one["mode"] == "chunked" and one["units_done"] == 10 and one["statements"] > 0 and one["peak_rss_mb"] > 0
        assert one["bytes"] > 0 and one["bytes_read"] > 0 and one["error_message"] is None
        assert one["output_uri"].startswith("file://")
    for name in NAMES:
        assert compare.assert_landed(any_db.connection, "t", landed(name)) == ROWS
        # One display: each export begins and ends once.
        assert outcome.err.count(f"▸ {name}:") == 1 and outcome.err.count(f"✓ {name}: success") == 1, outcome
    assert outcome.err.count("Run summary") == 1 and "log of" not in outcome.err, outcome
    any_db.assert_clean()
    for one in aggregate["per_export"]:
        told = rivet("journal", "-c", "rivet.yaml", "-e", one["export_name"], "--json").expect(0).json
        kinds = [entry["type"] for entry in told[0]["entries"]]
        assert kinds.count("ChunkCompleted") == 10 and kinds[-1] == "RunCompleted"
    assert len(rivet("metrics", "-c", "rivet.yaml", "--json").expect(0).json) == 4


def test_at_most_so_many_at_a_time(db, rivet, configure, background):
    db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW))
    args = ["run", "-c", "rivet.yaml", FLAG, "--max-parallel", "2"]
    child = background(rivet.start(*args))
    most = 0
    while child.poll() is None:
        most = max(most, len(children_of(child.pid)))
        time.sleep(0.005)
    assert most == 2
    rivet.finish(child, args).expect(0)


def test_one_that_fails_stops_no_other_and_the_worst_code_wins(any_db, rivet, configure, landed, folder):
    any_db.make_table("t", ROWS)
    broken = "SELECT CAST('x' AS integer) AS v" if any_db.engine == "postgres" else "SELECT no_such_column FROM t"
    configure([export("gone", table="not_there"), export("good", table="t"), export("bad", query=broken),
               export("also_good", table="t")])
    summary = folder / "deep" / "er" / "summary.json"
    args = ("run", "-c", "rivet.yaml", FLAG, "--json", "--summary-output", str(summary), "--json-errors")
    outcome = rivet(*args).expect(1)
    assert json.loads(summary.read_text(encoding="utf-8")) == outcome.json
    status = {one["export_name"]: one["status"] for one in outcome.json["per_export"]}
    assert status == {"gone": "failed", "good": "success", "bad": "failed", "also_good": "success"}
    codes = {one["export_name"]: one["error_code"] for one in outcome.json["per_export"]}
    assert codes["gone"] == "RIVET_SOURCE_MISSING" and codes["good"] is None and codes["bad"]
    error = outcome.error()
    assert {one["export"] for one in error["errors"]} == {"gone", "bad"} and error["exit_class"] == 1
    assert all(one["hints"] for one in error["errors"])
    for name in ("good", "also_good"):
        assert compare.assert_landed(any_db.connection, "t", landed(name)) == ROWS
    assert "2 success, 2 failed" in outcome.err and "✗ gone: failed" in outcome.err


@pytest.mark.parametrize("when", ["begun", "at once"])
def test_a_killed_child_fails_alone_and_goes_on_later(any_db, rivet, configure, landed, folder, background, when):
    any_db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW))
    args = ["run", "-c", "rivet.yaml", FLAG, "--json"]
    child = background(rivet.start(*args))
    wait_for(lambda: "b" in children_of(child.pid), "the process of b")
    if when == "begun":
        wait_for(published(folder, "b"), "a part of b")
    os.kill(children_of(child.pid)["b"], signal.SIGKILL)
    outcome = rivet.finish(child, args).expect(75)
    found = {one["export_name"]: one for one in outcome.json["per_export"]}
    assert {name: one["status"] for name, one in found.items()} == {name: "failed" if name == "b" else "success" for name in NAMES}
    assert found["b"]["error_code"] == "RIVET_RUN_PROCESS_LOST" and "SIGKILL" in found["b"]["error_message"]
    assert "⚠ b: failed" in outcome.err
    if when == "begun":
        assert found["b"]["run_id"] and 0 < found["b"]["rows"] < ROWS
        rows = rivet("metrics", "-c", "rivet.yaml", "-e", "b", "--json").expect(0).json
        assert [one["status"] for one in rows] == ["failed"]
    for name in ("a", "c", "d"):
        assert compare.assert_landed(any_db.connection, "t", landed(name)) == ROWS
    configure(four(**CHUNKED))
    again = rivet("run", "-c", "rivet.yaml", "-e", "b")
    # Killed at once it may have begun or not; one that delivered a part has.
    assert again.code == 1 if when == "begun" else again.code in (0, 1), again
    if again.code == 1:
        assert "RIVET_STATE_RUN_IN_PROGRESS" in again.err
        rivet("run", "-c", "rivet.yaml", "-e", "b", "--resume").expect(0)
    assert compare.assert_landed(any_db.connection, "t", landed("b")) == ROWS
    any_db.assert_clean()


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["int", "term"])
def test_a_signal_stops_all_and_all_go_on(any_db, rivet, configure, landed, folder, background, number, code):
    any_db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW), parallel_export_processes=True)
    child = background(rivet.start("run", "-c", "rivet.yaml", "--max-parallel", "3", "--json"))
    for name in NAMES[:3]:
        wait_for(published(folder, name), f"a part of {name}")
    begun = time.monotonic()
    child.send_signal(number)
    stopped = rivet.finish(child, ["run"]).expect(code)
    assert time.monotonic() - begun <= 5
    assert [one["status"] for one in stopped.json["per_export"]] == ["interrupted"] * 3
    assert "1 of 4 exports were not started" in stopped.err
    assert stopped.err.count("stopping at the next safe point") == 1, stopped
    any_db.assert_clean()
    configure(four(**CHUNKED), parallel_export_processes=True)
    rivet("run", "-c", "rivet.yaml", "-e", "d").expect(0)
    # --resume is handed on: what is there is not made again.
    again = rivet("run", "-c", "rivet.yaml", "--resume", "--json").expect(0).json
    assert all(one["units_skipped"] > 0 for one in again["per_export"][:3])
    assert again["per_export"][3]["status"] == "skipped"
    for name in NAMES:
        assert compare.assert_landed(any_db.connection, "t", landed(name)) == ROWS


def test_control_c_in_a_terminal(db, rivet, configure, landed, folder):
    """There the kernel signals the whole foreground group: each child hears of it twice, and still stops cleanly."""
    db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW))
    pid, screen = pty.fork()
    if pid == 0:
        env = program.environment(dict(rivet.env, TERM="xterm"))
        os.chdir(rivet.cwd)
        os.execve(rivet.path, ["rivet", "run", "-c", "rivet.yaml", FLAG], env)
    text = b""
    deadline = time.monotonic() + 60
    asked = False
    while time.monotonic() < deadline:
        if select.select([screen], [], [], 0.02)[0]:
            try:
                piece = os.read(screen, 65536)
            except OSError:
                break  # the terminal's other end is closed
            if not piece:
                break
            text += piece
        if not asked and all(published(folder, name)() for name in NAMES):
            os.write(screen, b"\x03")
            asked = True
    assert asked, text
    _, status = os.waitpid(pid, 0)
    os.close(screen)
    shown = text.decode(errors="replace")
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 130, shown
    assert "4 interrupted" in shown and "⚠" not in shown, shown
    assert shown.count("▸") > 4, "lines are redrawn"
    program.assert_no_secret(shown, "the terminal")
    db.assert_clean()
    configure(four(**CHUNKED))
    rivet("run", "-c", "rivet.yaml", "--resume", FLAG).expect(0)
    for name in NAMES:
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS


def test_a_killed_parent_takes_its_children_with_it(any_db, rivet, configure, landed, folder, background):
    any_db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW))
    child = background(rivet.start("run", "-c", "rivet.yaml", FLAG))
    # The first of two is in the books; the second may not be yet.
    for name in NAMES:
        wait_for(published(folder, name, 2), f"two parts of {name}")
    children = children_of(child.pid)
    assert sorted(children) == NAMES
    child.kill()
    for pid in children.values():
        wait_for(is_gone(pid), "the end of a child", seconds=5)
    any_db.assert_clean()
    configure(four(**CHUNKED))
    outcome = rivet("run", "-c", "rivet.yaml", FLAG, "--resume", "--json").expect(0)
    assert all(one["units_skipped"] > 0 for one in outcome.json["per_export"])
    for name in NAMES:
        assert compare.assert_landed(any_db.connection, "t", landed(name)) == ROWS


def test_parameters_and_secrets_are_on_no_command_line(db, rivet, configure, folder, background):
    db.make_table("t", ROWS)
    configure([export(name, query="SELECT id, v, '${MARK}' AS mark FROM t", **SLOW) for name in NAMES])
    args = ["run", "-c", "rivet.yaml", FLAG, "-p", "MARK=parameter-of-the-parent"]
    child = background(rivet.start(*args))
    children = wait_for(lambda: len(children_of(child.pid)) == 4 and children_of(child.pid), "four processes")
    for pid in children.values():
        line = " ".join(words_of(pid))
        assert line.startswith("rivet run --config=rivet.yaml --export=") and "parameter-of" not in line
        program.assert_no_secret(line, "a child's command line")
        wait_for(lambda pid=pid: name_of(pid) == "rivet", "the name of a child")
    outcome = rivet.finish(child, args).expect(0)
    assert "4 success" in outcome.err
    import pyarrow.parquet
    for name in NAMES:
        path = next((folder / "out" / name).glob("*.parquet"))
        assert set(pyarrow.parquet.read_table(path)["mark"].to_pylist()) == {"parameter-of-the-parent"}
    assert program.secret_files(str(folder)) == []


def test_a_config_from_standard_input_and_one_that_changes_meanwhile(db, rivet, configure, landed, folder, background):
    db.make_table("t", ROWS)
    configure(four())
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    (folder / "rivet.yaml").unlink()
    done = subprocess.run([rivet.path, "run", "-c", "-", FLAG, "--json"], input=text, cwd=rivet.cwd, text=True, check=False,
                          env=program.environment(rivet.env), capture_output=True, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["success_count"] == 4, done.stderr
    for name in NAMES:
        assert compare.assert_landed(db.connection, "t", landed(name)) == ROWS
    # What the parent read counts for children that start later too.
    configure(four(**CHUNKED, **SLOW))
    args = ["run", "-c", "rivet.yaml", FLAG, "--max-parallel", "1", "--json"]
    child = background(rivet.start(*args))
    wait_for(lambda: children_of(child.pid), "the first process")
    (folder / "rivet.yaml").write_text("exports: []\n", encoding="utf-8")
    assert rivet.finish(child, args).expect(0).json["success_count"] == 4


def test_warnings_of_all_are_told_once(db, rivet, folder):
    db.make_table("t", ROWS)
    config = {"source": {"type": "postgres", "url": db.url}, "exports": four()}
    (folder / "rivet.yaml").write_text(json.dumps(config), encoding="utf-8")
    outcome = rivet("run", "-c", "rivet.yaml", FLAG, env={"RIVET_LOG": "warn"}).expect(0)
    assert outcome.err.count("plaintext-secret") == 1, outcome
    # What the processes say themselves stands below the summary: once for all of them, beside the parent's own.
    outcome = rivet("run", "-c", "rivet.yaml", FLAG, env={"RIVET_LOG": "nonsense"}).expect(0)
    assert outcome.err.count("RIVET_LOG has no level") == 2 and outcome.err.count("── log of ") == 1, outcome
    assert outcome.err.index("── log of ") > outcome.err.index("Run summary")
    args = ("run", "-c", "rivet.yaml", FLAG, "--log-format", "json", "--json")
    events = [json.loads(line) for line in rivet(*args, env={"RIVET_LOG": "info"}).expect(0).err.splitlines()]
    assert sum(event["event"] == "run-ended" for event in events) == 4
    assert sum(event["event"] == "plaintext-secret" for event in events) == 1


def test_validate_and_lock_wait_are_handed_on(db, rivet, configure, background):
    db.make_table("t", ROWS)
    configure(four(**CHUNKED, **SLOW))
    outcome = rivet("run", "-c", "rivet.yaml", FLAG, "--validate", "--json").expect(0)
    assert [one["validated"] for one in outcome.json["per_export"]] == [True] * 4
    held = background(rivet.start("run", "-c", "rivet.yaml", "-e", "a"))
    wait_for(lambda: db.sessions(), "a run of a")
    busy = rivet("run", "-c", "rivet.yaml", FLAG, "--json").expect(75)
    assert [one["error_code"] for one in busy.json["per_export"]] == ["RIVET_STATE_LOCKED", None, None, None]
    rivet("run", "-c", "rivet.yaml", FLAG, "--lock-wait", "60").expect(0)
    rivet.finish(held, ["run"]).expect(0)


def test_flags_that_do_nothing_or_contradict_say_so(db, rivet, configure):
    db.make_table("t", 10)
    configure([export("t")], parallel_export_processes=True)
    assert "at least two exports" in rivet("run", "-c", "rivet.yaml", FLAG).expect(0).err
    assert f"{FLAG} does nothing with --export" in rivet("run", "-c", "rivet.yaml", "-e", "t", FLAG).expect(0).err
    both = rivet("run", "-c", "rivet.yaml", FLAG, "--parallel-exports").expect(2)
    assert "exclude each other" in both.err
    configure([export("t"), export("u", table="t")], parallel_export_processes=True)
    aggregate = rivet("run", "-c", "rivet.yaml", "--parallel-exports", "--json").expect(0).json
    assert aggregate["parallel_mode"] == "parallel-threads", "the flag wins over the key"


def test_a_variable_that_was_left_over_changes_nothing(db, rivet, configure):
    db.make_table("t", 10)
    configure([export("t")])
    outcome = rivet("run", "-c", "rivet.yaml", "--json", env={"RIVET_IPC_EVENTS": "1"}).expect(0)
    assert outcome.json["success_count"] == 1
