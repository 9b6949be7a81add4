"""The contract suite of sources (src/source/source_suite.h) on real servers: each driver's own test program, with the
variable set that names the server, once for all its cases."""

import os
import re
import subprocess

import pytest

from harness import program

PROGRAMS = os.environ.get("RIVET_TEST_PROGRAMS") or os.path.join(program.ROOT, "build", "dev")
SECONDS_MAX = 300
CASE = re.compile(r"^\[\s+(OK|FAILED|SKIPPED)\s+\] (\S+?)(?:,| \()", re.MULTILINE)


def run_suite(room, variable, url):
    """Runs the cases of SourceContract in the room's test program."""
    path = os.path.join(PROGRAMS, f"rivet_{room}_test")
    assert os.access(path, os.X_OK), f"{path} is missing: cmake --preset dev && cmake --build --preset dev"
    env = program.environment({"UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1", variable: url})
    done = subprocess.run(
        [path, "--gtest_filter=*SourceContract.*", "--gtest_color=no"], cwd=program.ROOT, env=env, text=True,
        errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=SECONDS_MAX, check=False)
    cases = {name: verdict for verdict, name in CASE.findall(done.stdout)}
    failed = sorted(name for name, verdict in cases.items() if verdict == "FAILED")
    print(f"{len(cases)} cases of {os.path.basename(path)}: " + ", ".join(sorted(cases)))
    assert done.returncode == 0 and not failed, f"failed: {failed}\n{done.stdout[-12000:]}"
    assert "SKIPPED" not in cases.values(), done.stdout[-4000:]
    assert len(cases) >= 20, f"only {sorted(cases)}\n{done.stdout[-4000:]}"


def test_postgres(server):
    run_suite("source_postgres", "RIVET_TEST_POSTGRES_URL", server.url())


def test_mariadb(mariadb_server):
    run_suite("source_mysql", "RIVET_TEST_MARIADB_URL", mariadb_server.url())
