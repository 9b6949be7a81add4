"""stdout holds results and nothing else; everything for people goes to stderr."""

import json
import os
import subprocess

import pytest

from harness import program
from harness.program import export

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 2000) i"


@pytest.fixture
def table(db, configure):
    db.execute(TABLE)
    configure([export("t")])


def test_a_plain_run_says_nothing_on_stdout(rivet, table):
    del table
    outcome = rivet("run", "-c", "rivet.yaml").expect(0)
    assert outcome.out == ""
    for word in ("t", "run_id", "status", "success", "rows", "files", "duration"):
        assert word in outcome.err
    assert "\x1b" not in outcome.err and "\r" not in outcome.err, "no redrawing off a terminal"


def test_json_is_all_there_is_on_stdout(rivet, table, configure):
    del table
    result = json.loads(rivet("run", "-c", "rivet.yaml", "--json").expect(0).out)
    assert result["run_aggregate_id"].startswith("agg_") and result["parallel_mode"] == "sequential"
    assert result["duration_ms"] >= 0 and result["total_exports"] == 1
    configure([export("gone")])
    result = json.loads(rivet("run", "-c", "rivet.yaml", "--json").expect(1).out)
    assert result["failed_count"] == 1 and result["per_export"][0]["error_message"]


def test_json_errors_is_one_line(rivet, configure):
    configure([export("gone")])
    outcome = rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1)
    error = outcome.error()
    assert set(error) >= {"error", "code", "exit_class", "retryable", "hints", "causes"}
    text = rivet("run", "-c", "rivet.yaml").expect(1).err
    assert f"Error: [{error['code']}]" in text and "hint:" in text


def test_version_and_help(rivet):
    version = rivet("--version").expect(0).out
    assert version.startswith("rivet ") and "arrow " in version
    for command in ("init", "check", "run", "validate", "state"):
        assert command in rivet("--help").expect(0).out
        assert "--" in rivet(command, "--help").expect(0).out


def test_a_closed_pipe_ends_quietly(rivet, table):
    del table
    for args in (["--help"], ["check", "-c", "rivet.yaml"], ["run", "--help"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run([rivet.path, *args], cwd=rivet.cwd, env=program.environment(rivet.env), stdout=writer,
                              stderr=subprocess.PIPE, text=True, check=False)
        os.close(writer)
        assert done.returncode == 0, (args, done)
        assert "terminate" not in done.stderr and "Aborted" not in done.stderr


def test_a_terminal_gets_a_bar_and_no_color_is_honoured(rivet, table):
    del table
    for env, coloured in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False)):
        try:
            master, slave = os.openpty()
        except OSError as error:  # a container without devpts
            pytest.skip(f"no pseudo-terminal can be had here: {error}")
        child = subprocess.Popen([rivet.path, "run", "-c", "rivet.yaml"], cwd=rivet.cwd, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=slave, env=program.environment(dict(rivet.env, **env)))
        os.close(slave)
        text = b""
        while True:
            try:
                block = os.read(master, 65536)
            except OSError:  # the other side is closed
                break
            if not block:
                break
            text += block
        os.close(master)
        assert child.wait(60) == 0
        program.assert_no_secret(text.decode(), "the terminal")
        assert b"t" in text and b"rows" in text
        if not coloured:
            assert b"\x1b[3" not in text and b"\x1b[1;3" not in text
