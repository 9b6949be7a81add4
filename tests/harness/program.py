"""Runs the program under test. Every output that passes here is searched for the planted secret."""

import json
import os
import subprocess
import urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# A password with every character that a URL, a shell or a connection string could trip over.
CANARY = "c4n@ry:/?#%41 p'w\"d"
# What of it could be left in a text: as it is, percent-encoded, and its two recognisable halves.
CANARY_FORMS = (CANARY, urllib.parse.quote(CANARY, safe=""), "c4n@ry", "c4n%40ry", "41 p'w", "2541%20p")

SECONDS_MAX = 120


def binary():
    """RIVET_BIN, else the crash preset's binary (optimised, fault points in), else the release."""
    for path in (os.environ.get("RIVET_BIN"),
                 os.path.join(ROOT, "build", "crash", "bin", "rivet"),
                 os.path.join(ROOT, "build", "bin", "rivet")):
        if path and os.access(path, os.X_OK):
            return os.path.abspath(path)
    return None


def environment(extra=None):
    """A small environment of our own: nothing of the caller's PG*, RIVET_* or locale gets in."""
    env = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    for name in ("LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    env.update(extra or {})
    return env


def assert_no_secret(text, where):
    for form in CANARY_FORMS:
        assert form not in text, f"the password (as {form!r}) shows in {where}:\n{text}"


def secret_files(folder):
    """Files below the folder that hold a form of the password, as bytes."""
    found = []
    for parent, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                content = file.read()
            if any(form.encode() in content for form in CANARY_FORMS):
                found.append(path)
    return found


class Outcome:
    """What one call of the program left."""

    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    def error(self):
        """The object of --json-errors: the last line of stderr that is one."""
        lines = [line for line in self.err.splitlines() if line.startswith("{") and '"error"' in line]
        assert lines, f"no JSON error on stderr:\n{self}"
        return json.loads(lines[-1])

    def expect(self, code):
        assert self.code == code, f"exit {self.code}, expected {code}\n{self}"
        return self

    def __str__(self):
        return (f"$ rivet {' '.join(self.args)}\nexit {self.code}\n--- stdout\n{self.out[-6000:]}"
                f"\n--- stderr\n{self.err[-6000:]}")


class Program:
    """The binary in one working folder with one environment."""

    def __init__(self, cwd, env=None):
        self.path = binary()
        assert self.path, "no binary: run make build, or set RIVET_BIN"
        self.cwd = str(cwd)
        self.env = dict(env or {})

    def start(self, *args, env=None, **popen):
        """A running child in a process group of its own; for signals and kills."""
        popen.setdefault("stdout", subprocess.PIPE)
        popen.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([self.path, *args], cwd=self.cwd, env=environment(dict(self.env, **(env or {}))),
                                stdin=subprocess.DEVNULL, text=True, encoding="utf-8", errors="surrogateescape", **popen)

    def finish(self, child, args, seconds=SECONDS_MAX):
        try:
            out, err = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            raise AssertionError(f"still running after {seconds} s\n{Outcome(args, None, out, err)}") from None
        assert_no_secret(out or "", f"stdout of rivet {' '.join(args)}")
        assert_no_secret(err or "", f"stderr of rivet {' '.join(args)}")
        return Outcome(list(args), child.returncode, out or "", err or "")

    def __call__(self, *args, env=None, seconds=SECONDS_MAX):
        return self.finish(self.start(*args, env=env), args, seconds)


def export(name, folder="out", **keys):
    """One entry of `exports:` with a local destination; its folder is `folder`/`name`."""
    entry = {"name": name, "format": "parquet", "destination": {"type": "local", "path": f"{folder}/{name}"}}
    if not any(key in keys for key in ("query", "query_file", "table")):
        entry["table"] = name
    entry.update(keys)
    return entry


def write_config(folder, exports, source=None, name="rivet.yaml", **root):
    """JSON is YAML: no other library has to agree on what we meant."""
    config = {"source": dict({"type": "postgres", "url_env": "DATABASE_URL"}, **(source or {})), "exports": exports}
    config.update(root)
    path = os.path.join(str(folder), name)
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2, ensure_ascii=False)
        file.write("\n")
    return path
