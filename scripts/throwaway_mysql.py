"""A server of the MySQL family that is not installed: its package lies unpacked in a folder of ours, and it runs with
the libraries that came with them. RIVET_TEST_MYSQL and RIVET_TEST_MARIADB name such a folder; scripts/other_servers.py makes
one."""

import glob
import itertools
import os
import re

import pymysql

from throwaway_mariadb import SETTINGS, ThrowawayMariaDB

# What a version does not know is passed over (loose).
MYSQL_SETTINGS = {
    **{key: value for key, value in SETTINGS.items() if key not in ("collation-server", "innodb-log-file-size")},
    "innodb-doublewrite": "OFF",
    "loose-innodb-redo-log-capacity": "128M",
    "innodb-stats-persistent-sample-pages": "2000",  # the tests count on its figures
    "loose-mysqlx": "OFF",
    "secure-file-priv": "NULL",
}
SEQUENCE = re.compile(r"\bseq_1_to_(\d+)\b")
DIGITS = "(SELECT 0 AS d" + "".join(f" UNION ALL SELECT {digit}" for digit in range(1, 10)) + ")"


def program_in(root, *names):
    """Command line of the first of these programs that is below `root`, with the libraries that lie there too."""
    names = names or ("mariadbd", "mysqld")
    for folder, name in itertools.product(("usr/sbin", "sbin", "bin"), names):
        path = os.path.join(root, folder, name)
        if not os.path.isfile(path):
            continue
        # The loader must be of the same C library as the rest.
        loaders = glob.glob(os.path.join(root, "usr/lib/*-linux-gnu/ld-linux-*.so.*"))
        base = os.path.join(root, os.path.dirname(folder))
        if loaders:
            command = [loaders[0], "--library-path", os.path.dirname(loaders[0]), path]
        else:
            command = ["env", f"LD_LIBRARY_PATH={os.path.join(root, 'libs')}", path]
        return [*command, "--no-defaults", f"--basedir={base}"]
    raise RuntimeError(f"no {' or '.join(names)} below {root}")


def sequence(last):
    """FROM item with a column seq of 1 to `last`, for servers that know neither sequence tables nor WITH."""
    places = range(len(str(last - 1)))
    number = " + ".join(f"{10 ** place} * digit_{place}.d" for place in places)
    tables = ", ".join(f"{DIGITS} AS digit_{place}" for place in places)
    return f"(SELECT 1 + {number} AS seq FROM {tables} WHERE {number} < {last}) AS seq_1_to_{last}"


def spelled(sql):
    """MariaDB's SQL of the tests for MySQL, which has no tables seq_1_to_N, no engine Aria and, from 9 on, no md5() of numbers."""
    sql = SEQUENCE.sub(lambda found: sequence(int(found[1])), sql)
    return re.sub(r"\bmd5\((\w+)\)", r"md5(concat(\1, ''))", sql).replace("ENGINE = Aria", "ENGINE = MyISAM")


class SpelledForMySQL(pymysql.cursors.Cursor):
    def _query(self, q):
        text = q.decode("utf-8", "surrogateescape") if isinstance(q, bytes) else q
        changed = spelled(text)
        return super()._query(q if changed == text else changed)


class ThrowawayMySQL(ThrowawayMariaDB):
    """MySQL of RIVET_TEST_MYSQL. The accounts log in as the server's default is (caching_sha2_password)."""

    engine = "mysql"
    defaults = MYSQL_SETTINGS

    def _find_programs(self):
        self.server = [*program_in(os.environ["RIVET_TEST_MYSQL"]), "--skip-log-bin"]

    def _install(self):
        return self._as_server([*self.server, "--initialize-insecure", f"--datadir={self.data}"])

    def start(self):
        super().start()
        try:
            with self.connect() as admin:
                admin.cursor().execute("SELECT md5('')")
        except pymysql.err.OperationalError:  # put aside by version 9; the tests' rows are made with it
            with self.connect() as admin:
                admin.cursor().execute("INSTALL COMPONENT 'file://component_classic_hashing'")

    def connect(self, database=None, **settings):
        # Over the socket: there the driver may send a password without TLS or a library for RSA.
        settings = {"unix_socket": os.path.join(self.folder, "socket"), "cursorclass": SpelledForMySQL, **settings}
        return super().connect(database, **settings)


class ThrowawayOtherMariaDB(ThrowawayMariaDB):
    """MariaDB of RIVET_TEST_MARIADB. Its install script would run programs with the wrong libraries: this does the same."""

    def _find_programs(self):
        self.root = os.environ["RIVET_TEST_MARIADB"]
        self.server = program_in(self.root)

    def _install(self):
        os.mkdir(self.data)
        os.mkdir(os.path.join(self.data, "mysql"))
        for name in ("", "mysql"):
            self._own(os.path.join(self.data, name))
        # Before 10.5 the files were called mysql_….
        found = [path for pattern in ("usr/share/m*/m*_system_tables.sql", "share/m*_system_tables.sql")
                 for path in glob.glob(os.path.join(self.root, pattern))]
        text = "USE mysql;\nSET @auth_root_socket = NULL;\n"
        for name in ("system_tables", "performance_tables", "system_tables_data"):
            with open(found[0].replace("system_tables", name), encoding="utf-8") as file:
                text += file.read()
        return self._as_server([*self.server, "--bootstrap", f"--datadir={self.data}", "--skip-name-resolve"], text)


def server_under_test():
    """The one that a variable names, else the installed MariaDB."""
    if os.environ.get("RIVET_TEST_MYSQL"):
        return ThrowawayMySQL()
    return ThrowawayOtherMariaDB() if os.environ.get("RIVET_TEST_MARIADB") else ThrowawayMariaDB()
