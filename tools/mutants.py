#!/usr/bin/env python3
"""Plants the defects of tests/mutants/ one at a time and demands that a named test notices each of them.

    tools/mutants.py                    all of them
    tools/mutants.py NAME [NAME …]      some
    tools/mutants.py --list             what there is and who has to catch it

A mutant is tests/mutants/NAME.patch: a unified diff against the tree, after comment lines that start with `#`. One of
them names the catchers: `# caught-by: <test> [<test> …]`, tried in this order, where a test is the name of a ctest (a room,
`histories`, `fuzz_TARGET`, which replays fuzz/corpus/TARGET) or a pytest node (tests/live/test_x.py::test_y). `ctest:filter`
narrows a GoogleTest program with --gtest_filter. A pytest node runs with the mutated rivet; `# builds: TARGET [TARGET …]`
names the test programs that it runs instead.

The tree (as it is, uncommitted work included) is copied to a scratch folder below build/ and built there once; the
unmutated copy must pass every catcher. Then each patch is applied alone, built, tested and taken back. A mutant fails
the run when no catcher fails, when it does not apply, or when it does not compile.

Environment: MUTANTS_SCRATCH (default build/mutants), MUTANTS_JOBS (default 2).
"""

import argparse
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "tests" / "mutants"
SCRATCH = pathlib.Path(os.environ.get("MUTANTS_SCRATCH", ROOT / "build" / "mutants"))
JOBS = os.environ.get("MUTANTS_JOBS", "2")
FUZZ = "fuzz_"  # begins the name of a ctest that replays a corpus
TEST_SECONDS = 300
BUILD_SECONDS = 1800

Mutant = collections.namedtuple("Mutant", "name patch catchers builds")


class Trouble(Exception):
    """What ends the whole run."""


def run(command, seconds, env=None, cwd=None):
    """(exit status or None when it had to be ended, output)."""
    child = subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        start_new_session=True)
    try:
        output, _ = child.communicate(timeout=seconds)
        return child.returncode, output
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        return None, output
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise


def read_mutant(path):
    catchers, builds = [], []
    for line in path.read_text().splitlines():
        if not line.startswith("#"):
            break
        match = re.match(r"#\s*(caught-by|builds):\s*(.+)", line)
        if match:
            (catchers if match[1] == "caught-by" else builds).extend(match[2].split())
    if not catchers:
        raise Trouble(f"{path.relative_to(ROOT)}: no `# caught-by:` line")
    return Mutant(path.stem, path, catchers, builds)


def words_of(text):
    return re.findall(r"\w+|[^\w\s]", text)


def read_hunks(path):
    """File -> [(old text, new text)]. Hunks are found by their words, not by lines: reformatting breaks no mutant."""
    hunks = collections.defaultdict(list)
    name = None
    for line in path.read_text().splitlines():
        if line.startswith("+++ b/"):
            name = line[6:].split("\t")[0]
        elif line.startswith("@@"):
            hunks[name].append(["", ""])
        elif name and hunks[name] and line[:1] in (" ", "-", "+", "") and not line.startswith("--- "):
            if line[:1] != "+":
                hunks[name][-1][0] += line[1:] + "\n"
            if line[:1] != "-":
                hunks[name][-1][1] += line[1:] + "\n"
    if not hunks:
        raise Trouble(f"{path.relative_to(ROOT)}: no hunks")
    return hunks


def tracked_files():
    status, output = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], 60, cwd=ROOT)
    if status != 0:
        raise Trouble("git ls-files failed:\n" + output)
    return [name for name in output.split("\0") if name and (ROOT / name).is_file()]


def copy_tree(tree):
    """Makes `tree` equal to the working tree. Files that are equal keep their times, so that nothing is built twice."""
    wanted = set(tracked_files())
    for name in wanted:
        source, copy = ROOT / name, tree / name
        if copy.is_file() and not copy.is_symlink() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        shutil.copymode(source, copy)
    for path in list(tree.rglob("*")):
        if path.is_file() and path.relative_to(tree).as_posix() not in wanted:
            path.unlink()


class Bench:
    """The scratch copy, its build folder, and the tests in it."""

    def __init__(self):
        self.tree = SCRATCH / "tree"
        self.build = SCRATCH / "build"
        self.tree.mkdir(parents=True, exist_ok=True)
        copy_tree(self.tree)
        arguments = ["cmake", "-G", "Ninja", "-S", str(self.tree), "-B", str(self.build), "-DCMAKE_BUILD_TYPE=Debug",
                     "-DRIVET_SANITIZE=address,undefined"]
        cache = os.environ.get("ARROW_SDK_CACHE")
        if cache:
            arguments.append("-DARROW_SDK_CACHE=" + cache)
        status, output = run(arguments, 600)
        if status != 0:
            raise Trouble("cannot configure:\n" + output[-4000:])
        self.programs = self.read_programs()
        venv = subprocess.run([str(ROOT / "scripts" / "bootstrap"), "--venv"], check=True, capture_output=True, text=True)
        self.python = os.path.join(venv.stdout.strip(), "bin", "python")

    def read_programs(self):
        """ctest name -> path of its program."""
        status, output = run(["ctest", "--show-only=json-v1", "--test-dir", str(self.build)], 60)
        if status != 0:
            raise Trouble("ctest cannot list its tests:\n" + output)
        import json
        tests = json.loads(output[output.index("{"):])["tests"]
        return {test["name"]: test["command"][0] if "command" in test else None for test in tests}

    def target(self, catcher):
        """What has to be built for a catcher."""
        if ".py" in catcher:
            return "rivet"
        name = catcher.split(":")[0]
        if name not in self.programs:
            raise Trouble(f"there is no ctest called {name}")
        if name.startswith(FUZZ):
            return "rivet_fuzz_replay"
        return "rivet_" + name.replace("/", "_") + "_test"

    def targets(self, mutant):
        """What its catchers need: programs of theirs, or the program itself."""
        named = {self.target(catcher) for catcher in mutant.catchers if not (mutant.builds and ".py" in catcher)}
        return named | set(mutant.builds)

    def compile(self, mutants):
        """None, or why it cannot be built."""
        targets = sorted(set().union(*map(self.targets, mutants)))
        status, output = run(["cmake", "--build", str(self.build), "-j", JOBS, "--target", *targets], BUILD_SECONDS)
        return None if status == 0 else output

    def passes(self, catcher):
        """(whether the test passes, its output)."""
        if ".py" in catcher:
            env = dict(os.environ, RIVET_BIN=str(self.build / "bin" / "rivet"), RIVET_TEST_PROGRAMS=str(self.build))
            status, output = run([self.python, "-m", "pytest", "-q", "-x", catcher], TEST_SECONDS, env, self.tree)
            if status not in (0, 1, None):
                raise Trouble(f"pytest cannot run {catcher}:\n{output[-3000:]}")
            return status == 0, output
        name, _, test_filter = catcher.partition(":")
        target = self.target(catcher)
        program = self.programs[name] or next(self.build.rglob(target), None)
        command = [str(program)] + (["--gtest_filter=" + test_filter] if test_filter else [])
        if name.startswith(FUZZ):
            corpus = name.removeprefix(FUZZ)
            command = [str(program), corpus, str(self.tree / "fuzz" / "corpus" / corpus)]
        status, output = run(command, TEST_SECONDS, cwd=str(self.build))
        if "Running 0 tests" in output:
            raise Trouble(f"{catcher} runs no test")
        return status == 0, output

    def apply(self, mutant):
        """Changes the copy; None, or why it cannot."""
        for name, hunks in read_hunks(mutant.patch).items():
            path = self.tree / name
            if not path.is_file():
                return f"there is no {name}"
            text = path.read_text()
            for old, new in hunks:
                places = list(re.finditer(r"\s*".join(map(re.escape, words_of(old))), text))
                if len(places) != 1:
                    return f"{name}: {len(places)} places look like `{' '.join(old.split())[:60]}`"
                text = text[: places[0].start()] + new.strip() + text[places[0].end() :]
            path.write_text(text)
        return None


def try_mutant(bench, mutant):
    """(verdict, what caught it or why not)."""
    try:
        why = bench.apply(mutant)
        if why is not None:
            return "DOES NOT APPLY", why
        why = bench.compile([mutant])
        if why is not None:
            errors = [line for line in why.splitlines() if "error" in line]
            return "DOES NOT COMPILE", (errors or why.splitlines() or ["?"])[0]
        for catcher in mutant.catchers:
            passed, _ = bench.passes(catcher)
            if not passed:
                return "caught", catcher
        return "SURVIVES", ", ".join(mutant.catchers)
    finally:
        copy_tree(bench.tree)


def check_unmutated(bench, mutants):
    catchers = sorted({catcher for mutant in mutants for catcher in mutant.catchers})
    why = bench.compile(mutants)
    if why is not None:
        raise Trouble("the unmutated tree does not build:\n" + why[-4000:])
    for catcher in catchers:
        passed, output = bench.passes(catcher)
        if not passed:
            raise Trouble(f"the unmutated tree fails {catcher}:\n{output[-4000:]}")


def chosen_mutants(names):
    known = {path.stem: path for path in sorted(MUTANTS.glob("*.patch"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise Trouble(f"no such mutant: {', '.join(unknown)} (there are {', '.join(known)})")
    return [read_mutant(known[name]) for name in (names or known)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    # Only what was written behind `make mutants`: some systems keep the host's name in NAME.
    named = os.environ.get("NAME", "") if "NAME=" in os.environ.get("MAKEFLAGS", "") else ""
    names = arguments.names or named.split()
    mutants = chosen_mutants(names)
    if not mutants:
        raise Trouble("there are no mutants")
    if arguments.list:
        for mutant in mutants:
            print(f"{mutant.name:<32}{' '.join(mutant.catchers)}")
        return 0

    begun = time.monotonic()
    bench = Bench()
    check_unmutated(bench, mutants)
    print(f"the unmutated tree passes ({time.monotonic() - begun:.0f} s)", flush=True)
    print(f"{'mutant':<32}{'verdict':<18}{'seconds':>8}  by", flush=True)
    bad = 0
    for mutant in mutants:
        started = time.monotonic()
        verdict, detail = try_mutant(bench, mutant)
        bad += verdict != "caught"
        print(f"{mutant.name:<32}{verdict:<18}{time.monotonic() - started:>8.0f}  {detail}", flush=True)
    print(f"{len(mutants) - bad} of {len(mutants)} caught, {(time.monotonic() - begun) / 60:.1f} minutes", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"mutants: {trouble}", file=sys.stderr)
        sys.exit(1)
