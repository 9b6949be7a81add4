"""`destination: { type: stdout }`: the data and nothing else on stdout, and what happens when nobody reads it."""

import array
import fcntl
import gzip
import io
import json
import os
import signal
import socket
import subprocess
import sys
import termios
import time

import pyarrow.parquet
import pytest

from harness import compare, csv_text, program
from harness.landed import files_below
from harness.waiting import wait_for

TABLE = ("CREATE TABLE t (id bigint PRIMARY KEY, v text); INSERT INTO t SELECT i, CASE WHEN i % 9 > 0 THEN 'value, ' || md5(i::text) "
         "END FROM generate_series(1, {rows}) i")
BIG = 200_000  # about 10 MB of CSV: many times what a pipe holds
STOP_SECONDS = 10


def to_stdout(name="t", **keys):
    entry = {"name": name, "table": "t", "format": "csv", "destination": {"type": "stdout"}}
    entry.update(keys)
    return entry


@pytest.fixture
def table(db):
    db.execute(TABLE.format(rows=20000))


@pytest.fixture
def big(db):
    db.execute(TABLE.format(rows=BIG))


def start(rivet, *args, **popen):
    """The program with binary pipes; for readers of our own making."""
    popen.setdefault("stdout", subprocess.PIPE)
    return subprocess.Popen([rivet.path, "run", "-c", "rivet.yaml", *args], cwd=rivet.cwd, env=program.environment(rivet.env),
                            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **popen)


def ended(child, code):
    """stderr of a child whose stdout is ours to care for; quiet about everything but its error."""
    err = child.stderr.read().decode()
    assert child.wait(60) == code, err
    program.assert_no_secret(err, "stderr")
    for word in ("terminate", "Aborted", "backtrace", "Segmentation", "core dumped", "RIVET_INTERNAL"):
        assert word not in err, err
    return err


def test_csv_is_all_there_is_on_stdout(db, rivet, configure, folder, table):
    del table
    configure([to_stdout()])
    child = start(rivet)
    data = child.stdout.read()
    err = ended(child, 0)
    header, *rows = csv_text.records(data.decode())
    names, expected = compare.server_rows(db.connection, "t")
    assert header == names and not compare.difference(expected, [tuple(row) for row in rows])
    assert "stdout-manifest-phantom" in err and "status" in err and "20000" in err
    assert not [name for name in files_below(str(folder)) if name.endswith((".csv", "manifest.json", "_SUCCESS"))]
    db.assert_clean()


def test_into_duckdb(db, rivet, configure, table):
    del db, table
    configure([to_stdout()])
    child = start(rivet)
    reader = subprocess.run(
        [sys.executable, "-c", "import duckdb; duckdb.sql(\"CREATE TABLE t AS FROM read_csv('/dev/stdin')\"); "
                               "print(duckdb.sql('SELECT count(*), sum(id), count(v) FROM t').fetchall())"],
        stdin=child.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    ended(child, 0)
    assert reader.stdout.strip() == f"[(20000, {20000 * 20001 // 2}, {20000 - 20000 // 9})]", reader


@pytest.mark.parametrize("rows", [20000, 0])
def test_parquet_through_a_pipe(db, rivet, configure, rows):
    db.execute(TABLE.format(rows=rows))
    configure([to_stdout(format="parquet")])
    child = start(rivet)
    data = child.stdout.read()
    ended(child, 0)
    found = pyarrow.parquet.read_table(io.BytesIO(data))
    names, expected = compare.server_rows(db.connection, "t")
    assert found.column_names == names and not compare.difference(expected, compare.arrow_rows([found], names))


def test_compressed_csv_and_no_rows(db, rivet, configure):
    db.execute(TABLE.format(rows=0))
    configure([to_stdout(csv={"compression": "gzip"})])
    child = start(rivet)
    assert gzip.decompress(child.stdout.read()) == b"id,v\n"
    ended(child, 0)
    configure([to_stdout()])
    child = start(rivet)
    assert child.stdout.read() == b"id,v\n"
    ended(child, 0)
    configure([to_stdout(skip_empty=True)])
    child = start(rivet)
    assert child.stdout.read() == b""
    assert "skipped" in ended(child, 0)


def test_into_a_file(db, rivet, configure, folder, table):
    del db, table
    configure([to_stdout()])
    with open(folder / "rows.csv", "wb") as file:
        ended(start(rivet, stdout=file), 0)
    assert len(csv_text.records((folder / "rows.csv").read_text(encoding="utf-8"))) == 20001


def test_a_reader_that_has_enough(db, rivet, configure, folder, big):
    del big
    configure([to_stdout()])
    child = start(rivet)
    assert child.stdout.readline() == b"id,v\n"
    child.stdout.close()
    err = ended(child, 75)
    assert "RIVET_FILE_PIPE_CLOSED" in err and "status" in err and "failed" in err
    db.assert_clean()
    # The same by a shell, which closes nothing of ours for us; then a whole run as if nothing had been.
    with open(folder / "err", "wb") as err_file:
        done = subprocess.run(["bash", "-c", 'set -o pipefail; "$0" run -c rivet.yaml | head -1', rivet.path], cwd=rivet.cwd,
                              env=program.environment(rivet.env), stdout=subprocess.PIPE, stderr=err_file, check=False)
    assert (done.returncode, done.stdout) == (75, b"id,v\n"), (folder / "err").read_text()
    child = start(rivet)
    assert len(csv_text.records(child.stdout.read().decode())) == BIG + 1
    ended(child, 0)


def test_a_stdout_that_is_closed(db, rivet, configure, table):
    del db, table
    configure([to_stdout()])
    done = subprocess.run(["bash", "-c", 'exec "$0" run -c rivet.yaml >&-', rivet.path], cwd=rivet.cwd,
                          env=program.environment(rivet.env), stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 75 and "RIVET_FILE_PIPE_CLOSED" in done.stderr, done
    done = subprocess.run(["bash", "-c", 'exec "$0" --help >&-', rivet.path], stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 0 and not done.stderr, done


def waiting_bytes(pipe):
    count = array.array("i", [0])
    fcntl.ioctl(pipe, termios.FIONREAD, count)
    return count[0]


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_a_stop_while_nobody_reads(db, rivet, configure, big, kind):
    del big
    configure([to_stdout()])
    if kind == "pipe":
        child = start(rivet)
        reader = child.stdout
    else:
        import socket

        reader, writer = socket.socketpair()
        child = start(rivet, stdout=writer)
        writer.close()
    seen = [0, 0, 0]  # full is what grows no more
    wait_for(lambda: seen.append(waiting_bytes(reader.fileno())) or seen[-1] > 30_000 and len(set(seen[-10:])) == 1,
             "the pipe to be full")
    begun = time.monotonic()
    child.send_signal(signal.SIGINT)
    err = ended(child, 130)
    assert time.monotonic() - begun < STOP_SECONDS, err
    reader.close()
    db.assert_clean()


def test_a_slow_reader_holds_back_the_source(db, rivet, configure, big):
    """Backpressure: the source is not read ahead of who reads, and nothing is lost."""
    del big
    configure([to_stdout()])
    child = start(rivet, "--summary-output", "summary.json")
    wait_for(lambda: waiting_bytes(child.stdout.fileno()) > 60_000, "the pipe to be full")
    data = child.stdout.read(1 << 20)
    wait_for(lambda: waiting_bytes(child.stdout.fileno()) > 60_000, "the pipe to be full again")
    data += child.stdout.read()
    ended(child, 0)
    assert len(csv_text.records(data.decode())) == BIG + 1
    with open(os.path.join(rivet.cwd, "summary.json"), encoding="utf-8") as file:
        assert json.load(file)["per_export"][0]["rows"] == BIG


@pytest.mark.parametrize("keys", [{"format": "parquet"}, {"csv": {"compression": "gzip"}}], ids=["parquet", "gzip"])
def test_half_of_the_rows_do_not_look_whole(db, rivet, configure, keys):
    """A query that fails in the middle: what was sent stays sent, but nothing ends it as if it were all."""
    db.execute(TABLE.format(rows=BIG) + "; CREATE VIEW w AS SELECT id, v, 1 / (150000 - id) AS x FROM t")
    configure([to_stdout(table="w", parquet={"target_row_group_mb": 1}, **keys) if "format" in keys else
               to_stdout(table="w", **keys)])
    child = start(rivet)
    data = child.stdout.read()
    err = ended(child, 1)
    assert "division by zero" in err
    assert len(data) > 100_000, "some rows were sent"
    with pytest.raises((pyarrow.ArrowInvalid, EOFError)):
        if "format" in keys:
            pyarrow.parquet.read_table(io.BytesIO(data))
        else:
            gzip.decompress(data)


def test_a_lost_session_is_not_tried_again(db, rivet, configure, big):
    """What was sent cannot be taken back: a second attempt would send rows twice."""
    del big
    configure([to_stdout()])
    child = start(rivet)
    wait_for(lambda: waiting_bytes(child.stdout.fileno()) > 60_000, "the pipe to be full")
    db.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
               "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")
    data = child.stdout.read()
    ended(child, 75)
    assert data.count(b"id,v\n") == 1 and data.startswith(b"id,v\n")
    ids = [int(line.split(b",", 1)[0]) for line in data.split(b"\n")[1:-1]]
    assert len(set(ids)) == len(ids) < BIG


def on_a_terminal(rivet, *args):
    """Exit status and what reached the terminal."""
    try:
        master, slave = os.openpty()
    except OSError as error:  # a container without devpts
        pytest.skip(f"no pseudo-terminal can be had here: {error}")
    child = start(rivet, *args, stdout=slave)
    os.close(slave)
    shown = b""
    while True:
        try:
            block = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        if not block:
            break
        shown += block
    os.close(master)
    err = child.stderr.read().decode()
    return child.wait(60), shown, err


@pytest.mark.parametrize("keys", [{"format": "parquet"}, {"csv": {"compression": "zstd"}}], ids=["parquet", "zstd"])
def test_no_noise_on_a_terminal(db, rivet, configure, keys):
    db.execute(TABLE.format(rows=10))
    configure([to_stdout(**keys)])
    code, shown, err = on_a_terminal(rivet)
    assert code == 2 and shown == b"" and "--force" in err, err
    code, shown, err = on_a_terminal(rivet, "--force")
    assert code == 0 and shown, err


def test_text_on_a_terminal(db, rivet, configure):
    db.execute(TABLE.format(rows=2))
    configure([to_stdout()])
    code, shown, err = on_a_terminal(rivet)
    assert code == 0 and shown.replace(b"\r\n", b"\n").startswith(b"id,v\n1,"), err


def test_the_other_commands(db, rivet, configure, folder, table):
    del table
    configure([to_stdout()])
    assert "stdout-manifest-phantom" in rivet("check", "-c", "rivet.yaml").expect(0).out
    assert "nothing to verify" in rivet("validate", "-c", "rivet.yaml").expect(0).out
    assert not (folder / ".rivet_state.db").exists()
    child = start(rivet, "--validate")
    child.stdout.read()
    assert "validated" in ended(child, 0)
    (file,) = rivet("state", "files", "-c", "rivet.yaml", "--json").expect(0).json
    assert file["file"] == "stdout" and file["rows"] == 20000 and file["format"] == "csv"
    (shown,) = rivet("state", "show", "-c", "rivet.yaml", "--json").expect(0).json
    assert shown["export"] == "t" and not shown["in_progress"]
    document = rivet("validate", "-c", "rivet.yaml", "--format", "json").expect(0).json
    assert document["exports"][0]["verification"] is None and document["errors"] == []
    db.assert_clean()


def test_killed_and_run_again(db, rivet, configure, background, big):
    del big
    configure([to_stdout()])
    child = background(start(rivet))
    wait_for(lambda: waiting_bytes(child.stdout.fileno()) > 60_000, "the pipe to be full")
    child.kill()
    child.wait(30)
    child = start(rivet)
    assert len(csv_text.records(child.stdout.read().decode())) == BIG + 1
    ended(child, 0)
    db.assert_clean()
