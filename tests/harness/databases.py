"""One database for one test, on either engine: what its owner does in it, and what the program left on the server."""

import time

import psycopg
import pymysql

from . import program

READER = "shop reader"  # quoted, as a role's name may be
SESSIONS_GONE_SECONDS = 10


def postgres_quoted(name):
    return '"' + name.replace('"', '""') + '"'


def mariadb_quoted(name):
    return "`" + name.replace("`", "``") + "`"


class Database:
    """What both engines share. The program reads it as READER, who may only read."""

    engine = source_type = None

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.connection = self.open()

    @property
    def url(self):
        return self.server.url(self.name, READER, program.CANARY)

    @property
    def dialect(self):
        """The engine's own name: MySQL tells MariaDB's stories too."""
        return getattr(self.server, "engine", self.engine)

    def value(self, sql, *values):
        return self.execute(sql, *values)[0][0]

    def assert_clean(self, seconds=SESSIONS_GONE_SECONDS):
        """Within some seconds nothing of the program is left on the server (O7)."""
        deadline = time.monotonic() + seconds
        while self.sessions() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not self.sessions(), f"sessions left behind: {self.sessions()}"
        assert not self.left_open(), f"left open: {self.left_open()}"

    def make_table(self, name, rows):
        """`name` (id, v) of ids 1 to `rows`."""
        name = self.quoted(name)
        self.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, v varchar(64))")
        self.execute(f"INSERT INTO {name} SELECT i, md5(concat(i, '')) FROM {self.series(rows)}")
        self.analyze(name)


class PostgresDatabase(Database):
    engine = source_type = "postgres"
    quoted = staticmethod(postgres_quoted)

    def open(self):
        connection = psycopg.connect(self.server.url(self.name), autocommit=True)
        connection.execute(f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {postgres_quoted(READER)}")
        return connection

    @property
    def version(self):
        """120022 is 12.22."""
        return self.connection.info.server_version

    def execute(self, sql, *values):
        """Runs SQL as the owner; rows where there are any."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def series(self, rows):
        """FROM item with a column i of 1 to `rows`."""
        return f"generate_series(1::bigint, {rows}) AS s(i)"

    def analyze(self, quoted_name):
        self.execute(f"ANALYZE {quoted_name}")

    def sessions(self):
        """Sessions of the program in this database: (pid, state, query)."""
        return self.execute("SELECT pid, state, query FROM pg_stat_activity WHERE datname = current_database() "
                            "AND pid <> pg_backend_pid() AND backend_type = 'client backend'")

    def reading(self):
        """Sessions that have read something of a table by now."""
        return [found for found in self.sessions() if "COPY" in found[2].upper() or "FETCH" in found[2].upper()]

    def long_query(self):
        return "SELECT pg_sleep(60) IS NULL AS slept"

    def in_long_query(self):
        return [found for found in self.sessions() if found[1] == "active" and "FETCH" in found[2]]

    def left_open(self):
        return self.execute("SELECT * FROM pg_prepared_xacts")

    def end_sessions(self):
        """Has the server end the program's sessions; how many."""
        return self.value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE "
                          "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'")

    def drop(self):
        self.connection.close()
        with psycopg.connect(self.server.url(), autocommit=True) as admin:
            if admin.info.server_version >= 130000:
                admin.execute(f'DROP DATABASE "{self.name}" WITH (FORCE)')
                return
            # The server waits some seconds for sessions that are ending.
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self.name])
            admin.execute(f'DROP DATABASE "{self.name}"')


class MariaDatabase(Database):
    engine, source_type = "mariadb", "mysql"
    quoted = staticmethod(mariadb_quoted)

    def open(self):
        return self.server.connect(self.name)

    @property
    def version(self):
        """101119 is 10.11.19."""
        parts = self.value("SELECT version()").split("-")[0].split(".")
        return sum(int(part) * 100 ** place for place, part in enumerate(reversed(parts)))

    def execute(self, sql, *values):
        """Runs SQL as the owner, several statements if need be; rows of the last one where there are any."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            rows = cursor.fetchall() if cursor.description else ()
            while cursor.nextset():
                rows = cursor.fetchall() if cursor.description else ()
            return list(rows)

    def series(self, rows):
        return f"(SELECT CAST(seq AS SIGNED) AS i FROM seq_1_to_{rows}) AS s"

    def analyze(self, quoted_name):
        self.execute(f"ANALYZE TABLE {quoted_name}")

    def sessions(self):
        return self.execute("SELECT id, command, info FROM information_schema.processlist WHERE user = %s AND db = %s",
                            READER, self.name)

    def reading(self):
        # The server looks again only when nobody has asked for a tenth of a second.
        self.execute("DO sleep(0.11)")
        return self.execute("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx JOIN "
                            "information_schema.processlist ON id = trx_mysql_thread_id WHERE user = %s AND db = %s",
                            READER, self.name)

    def long_query(self):
        if self.dialect == "mariadb":
            return "SELECT a.seq AS n FROM seq_1_to_10000000 AS a, seq_1_to_10000000 AS b WHERE a.seq + b.seq < 0"
        ten = "(SELECT 1 AS n" + " UNION ALL SELECT 1" * 9 + ")"
        tables = ", ".join(f"{ten} AS long_{i}" for i in range(12))
        return f"SELECT long_0.n FROM {tables} WHERE {' + '.join(f'long_{i}.n' for i in range(12))} < 0"

    def in_long_query(self):
        return [found for found in self.sessions()
                if found[1] in ("Query", "Execute") and ("seq_1_to" in (found[2] or "") or "long_0" in (found[2] or ""))]

    def left_open(self):
        return self.reading()

    def end_sessions(self):
        ended = 0
        for number, _, _ in self.sessions():
            try:
                self.execute(f"KILL {number}")
                ended += 1
            except pymysql.err.OperationalError:
                pass  # gone by itself
        return ended

    def drop(self):
        self.execute(f"DROP DATABASE {mariadb_quoted(self.name)}")
        self.connection.close()
