"""What a group of tests showed: counts, reasons of skips, failures, read from JUnit files; and children that are ended in time."""

import collections
import os
import signal
import subprocess
import xml.etree.ElementTree as ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Tally:
    """What one group showed: counts, the reasons of skips, and what failed."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.skips = []
        self.failures = []

    def fail(self, what):
        self.failed += 1
        self.failures.append(what)

    def add_junit(self, path, prefix=""):
        """Adds a JUnit file of pytest, ctest or GoogleTest, or the cases of it whose names begin so; returns the number of
        failures."""
        before = self.failed
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            if not case.get("name", "").startswith(prefix):
                continue
            name = "{}.{}".format(case.get("classname", ""), case.get("name", ""))
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.fail(name)
            elif skip is not None or case.get("status") in ("disabled", "notrun"):
                self.skipped += 1
                self.skips.append("{}: {}".format(name, skip.get("message") if skip is not None else "disabled"))
            else:
                self.passed += 1
        return self.failed - before


def run(command, seconds, env=None):
    """Exit status of the command; 'timeout' when it had to be ended together with its children."""
    print("+ " + " ".join(command), flush=True)
    child = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True)
    try:
        return child.wait(timeout=max(1, seconds))
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGTERM)
        try:
            child.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        return "timeout"
    except BaseException:
        os.killpg(child.pid, signal.SIGTERM)
        raise


def skip_lines(skips):
    """One line a reason, where many cases share it."""
    by_reason = collections.defaultdict(list)
    for skip in skips:
        name, _, reason = skip.partition(": ")
        by_reason[reason].append(name)
    for reason, names in by_reason.items():
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        yield f"{names[0]}{more}: {reason}"
