"""A MariaDB server of our own for tests and the demo: a temporary folder, a free loopback port, another user than root,
gone when we are. Durability is off; everything else is a real server."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.parse

import pymysql

from throwaway_postgres import as_user, end_with_parent, free_port, unprivileged_user

START_SECONDS = 60
STOP_SECONDS = 15
PORT_ATTEMPTS = 5
SQL_SECONDS = 300
SEARCHED = "/usr/sbin:/usr/local/sbin:/usr/libexec"

SETTINGS = {
    "bind-address": "127.0.0.1",
    "skip-name-resolve": "ON",
    "character-set-server": "utf8mb4",
    "collation-server": "utf8mb4_general_ci",
    "default-time-zone": "+02:00",  # not UTC: what depends on the session's zone shows
    "max-connections": "60",
    "innodb-buffer-pool-size": "256M",
    "innodb-log-file-size": "96M",
    "innodb-flush-log-at-trx-commit": "0",
    "innodb-doublewrite": "0",
    "innodb-fast-shutdown": "2",
    "max-allowed-packet": "256M",
}


def program(name):
    """Path of one of the server's programs."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":" + SEARCHED)
    if found is None:
        raise RuntimeError(f"no MariaDB server here ({name} is missing); run scripts/bootstrap")
    return found


class ThrowawayMariaDB:
    """Started by start() or `with`; stop() may be called twice."""

    admin = "house_admin"
    admin_password = "admin-of-the-house"
    engine = "mariadb"
    defaults = SETTINGS

    def __init__(self, settings=None):
        self._find_programs()
        self.settings = dict(self.defaults, **(settings or {}))
        self.user = unprivileged_user("mysql")
        self.folder = None
        self.port = None
        self.process = None

    def _find_programs(self):
        self.server, self.install = [program("mariadbd"), "--no-defaults"], program("mariadb-install-db")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *unused):
        self.stop()

    def start(self):
        # Not TMPDIR: it may lie where the other user cannot reach, or be too long for a socket's name.
        self.folder = tempfile.mkdtemp(prefix="rivet-mdb-", dir="/tmp")
        try:
            self._make_data()
            for _ in range(PORT_ATTEMPTS):
                if self._start_once():
                    return
            raise RuntimeError("the server did not start:\n" + self.log()[-4000:])
        except BaseException:
            self.stop()
            raise

    def _own(self, path):
        if self.user is not None:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def _make_data(self):
        os.mkdir(os.path.join(self.folder, "tmp"))
        # Read by the server at its start, one statement a line.
        with open(os.path.join(self.folder, "init.sql"), "w", encoding="utf-8") as file:
            for host in ("127.0.0.1", "localhost"):
                file.write(f"CREATE USER IF NOT EXISTS '{self.admin}'@'{host}' IDENTIFIED BY '{self.admin_password}';\n"
                           f"GRANT ALL ON *.* TO '{self.admin}'@'{host}' WITH GRANT OPTION;\n")
        for name in ("", "tmp", "init.sql"):
            self._own(os.path.join(self.folder, name))
        made = self._install()
        if made.returncode != 0:
            raise RuntimeError("the server's data could not be made:\n" + made.stdout[-4000:])

    def _install(self):
        return self._as_server([
            self.install, "--no-defaults", f"--datadir={self.data}", "--auth-root-authentication-method=socket",
            "--skip-test-db", "--skip-name-resolve"])

    def _as_server(self, command, text=""):
        """Runs the command as the server's user, with the text on its standard input, to its end. A server that begins clears
        its folder of temporary tables, so no two may have the same."""
        return subprocess.run(
            command, cwd="/", env=dict(os.environ, TMPDIR=os.path.join(self.folder, "tmp")), input=text, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", timeout=START_SECONDS, check=False, **as_user(self.user))

    @property
    def data(self):
        return os.path.join(self.folder, "data")

    @property
    def slow_log(self):
        """Where the server writes statements while slow_query_log is on."""
        return os.path.join(self.folder, "slow.log")

    def log(self):
        try:
            with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
                return file.read()
        except OSError:
            return ""

    def _start_once(self):
        self.port = free_port()
        places = {"datadir": self.data, "port": self.port, "socket": os.path.join(self.folder, "socket"),
                  "pid-file": os.path.join(self.folder, "pid"), "tmpdir": os.path.join(self.folder, "tmp"),
                  "slow-query-log-file": self.slow_log, "init-file": os.path.join(self.folder, "init.sql")}
        options = [f"--{key}={value}" for key, value in {**self.settings, **places}.items()]
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [*self.server, *options], cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=end_with_parent(signal.SIGKILL), **as_user(self.user))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                return False
            if self._greets():
                return True
            time.sleep(0.05)
        return False

    def _greets(self):
        """The server speaks first, once it is ready."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as probe:
                return len(probe.recv(16)) > 4
        except OSError:
            return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait(STOP_SECONDS)
        self.process = None
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def url(self, database="", user=None, password=None, **parameters):
        user = self.admin if user is None else user
        password = self.admin_password if password is None else password
        quote = lambda text: urllib.parse.quote(text, safe="")
        tail = "?" + urllib.parse.urlencode(parameters) if parameters else ""
        return f"mysql://{quote(user)}:{quote(password)}@127.0.0.1:{self.port}/{quote(database)}{tail}"

    def connect(self, database=None, **settings):
        """A session of the owner: UTC, every statement committed, many statements in one text."""
        return pymysql.connect(
            host="127.0.0.1", port=self.port, user=self.admin, password=self.admin_password, database=database,
            charset="utf8mb4", autocommit=True, init_command="SET time_zone='+00:00'", read_timeout=SQL_SECONDS,
            client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS, **settings)

    def create_database(self, name):
        with self.connect() as admin:
            admin.cursor().execute(f"CREATE DATABASE {quoted(name)}")

    def create_reader(self, name, password):
        """A user who may log in and nothing else; grant() gives it a database to read."""
        with self.connect() as admin:
            admin.cursor().execute(
                f"CREATE USER {admin.escape(name)}@'127.0.0.1' IDENTIFIED BY {admin.escape(password)}")

    def grant(self, database, name):
        # In a GRANT the name of a database is a pattern.
        pattern = database.replace("\\", "\\\\").replace("_", "\\_").replace("%", "\\%")
        with self.connect() as admin:
            admin.cursor().execute(
                f"GRANT SELECT, SHOW VIEW ON {quoted(pattern)}.* TO {admin.escape(name)}@'127.0.0.1'")


def quoted(name):
    return "`" + name.replace("`", "``") + "`"
