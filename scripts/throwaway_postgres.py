"""A PostgreSQL server of our own for tests and the demo: a temporary folder, a free loopback port, another user than
root, gone when we are. Durability is off; everything else is a real server."""

import ctypes
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

START_SECONDS = 60
STOP_SECONDS = 15
PORT_ATTEMPTS = 5

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    "shared_buffers": "256MB",
    "max_connections": "60",
    "timezone": "Europe/Berlin",  # not UTC: what depends on the session's zone shows
    "log_min_messages": "warning",
}


def find_binaries():
    """Folder of the server's programs: RIVET_TEST_POSTGRES_BIN, else that of the newest one installed."""
    chosen = os.environ.get("RIVET_TEST_POSTGRES_BIN")
    return installed_binaries() if not chosen else os.path.abspath(chosen)


def installed_binaries():
    found = glob.glob("/usr/lib/postgresql/*/bin/postgres")
    if not found:
        raise RuntimeError("no PostgreSQL server below /usr/lib/postgresql; run scripts/bootstrap")
    return os.path.dirname(max(found, key=lambda path: float(path.split("/")[4])))


def find_program(name, folder):
    """A program of PostgreSQL: beside the server, else the installed one. A server's own package may lack the clients."""
    beside = os.path.join(folder, name)
    return beside if os.access(beside, os.X_OK) else os.path.join(installed_binaries(), name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def unprivileged_user(own="postgres"):
    """Who runs a server that refuses root: None when we are not root."""
    if os.geteuid() != 0:
        return None
    for name in (own, "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"neither a user '{own}' nor 'nobody' to run the server as")


def as_user(user):
    """Keyword arguments of subprocess for a child of that user."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def end_with_parent(signal_number):
    """For a child, before exec: the kernel ends it when we die without having stopped it."""
    libc = ctypes.CDLL(None)

    def arrange():
        libc.prctl(1, signal_number)

    return arrange


class ThrowawayPostgres:
    """Started by start() or `with`; stop() may be called twice."""

    admin = "house_admin"
    admin_password = "admin-of-the-house"

    def __init__(self, settings=None):
        self.bin = find_binaries()
        self.settings = dict(SETTINGS, **(settings or {}))
        self.user = unprivileged_user()
        self.folder = None
        self.port = None
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()

    def start(self):
        # Not TMPDIR: it may lie where the other user cannot reach, or be too long for a socket's name.
        self.folder = tempfile.mkdtemp(prefix="rivet-pg-", dir="/tmp")
        try:
            if self.user is not None:
                os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
            self._make_cluster()
            for _ in range(PORT_ATTEMPTS):
                if self._start_once():
                    return
            raise RuntimeError("PostgreSQL did not start:\n" + self.log()[-4000:])
        except BaseException:
            self.stop()
            raise

    def _make_cluster(self):
        password = os.path.join(self.folder, "password")
        with open(password, "w", encoding="utf-8") as file:
            file.write(self.admin_password)
        if self.user is not None:
            os.chown(password, self.user.pw_uid, self.user.pw_gid)
        made = subprocess.run(
            [os.path.join(self.bin, "initdb"), "-D", self.data, "-U", self.admin, "--pwfile", password,
             "--auth-host=scram-sha-256", "--auth-local=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"],
            cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **as_user(self.user))
        os.remove(password)
        if made.returncode != 0:
            raise RuntimeError("initdb failed:\n" + made.stdout)

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def _start_once(self):
        self.port = free_port()
        options = [part for key, value in self.settings.items() for part in ("-c", f"{key}={value}")]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(self.bin, "postgres"), "-D", self.data, "-p", str(self.port), "-k", self.folder, *options],
                cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGQUIT), **as_user(self.user))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            ready = subprocess.run(
                [find_program("pg_isready", self.bin), "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False)
            if ready.returncode == 0:
                return True
            time.sleep(0.05)
        return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(STOP_SECONDS)
        self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def url(self, database="postgres", user=None, password=None, **parameters):
        user = self.admin if user is None else user
        password = self.admin_password if password is None else password
        quote = lambda text: urllib.parse.quote(text, safe="")
        tail = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return f"postgresql://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{quote(database)}{tail}"
