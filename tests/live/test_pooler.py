"""Behind a transaction pooler with a pool of one: right rows, and nothing of ours left in the pooled session."""

import os
import shutil
import signal
import socket
import subprocess

import psycopg
import pytest

from harness import compare, program
from harness.program import export
from harness.waiting import wait_for
from throwaway_postgres import as_user, end_with_parent, free_port, unprivileged_user


@pytest.fixture
def pooler(db, tmp_path_factory):
    path = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/bin")
    if path is None:
        pytest.skip("pgbouncer is not installed (scripts/bootstrap installs it)")
    user, port = unprivileged_user(), free_port()
    folder = db.server.folder  # where the server's user may write and we clean up
    escape = lambda text: text.replace('"', '""')
    users, config = os.path.join(folder, "users.txt"), os.path.join(folder, "pgbouncer.ini")
    with open(users, "w", encoding="utf-8") as file:
        file.write(f'"shop reader" "{escape(program.CANARY)}"\n"{db.server.admin}" "{db.server.admin_password}"\n')
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"""[databases]
* = host=127.0.0.1 port={db.server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {users}
pool_mode = transaction
default_pool_size = 1
max_client_conn = 50
""")
    if user is not None:
        for name in (users, config):
            os.chown(name, user.pw_uid, user.pw_gid)
    with open(os.path.join(folder, "pgbouncer.log"), "wb") as log:
        child = subprocess.Popen([path, config], cwd="/", stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                 start_new_session=True, preexec_fn=end_with_parent(signal.SIGKILL), **as_user(user))

    def listening():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(listening, "pgbouncer")
    yield port
    child.send_signal(signal.SIGINT)
    child.wait(10)


def settings(db, port):
    """What a neighbour sees in the pooled session of the same user."""
    url = db.url.replace(f":{db.server.port}/", f":{port}/")
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as neighbour:
        # pgbouncer itself carries the name a client connected with to the server; whoever comes next sets its own.
        return neighbour.execute(
            "SELECT name, setting FROM pg_settings WHERE name <> 'application_name' ORDER BY name").fetchall()


def test_full_and_chunked_through_the_pooler(db, rivet, configure, landed, pooler):
    db.execute("CREATE TABLE t (id bigint PRIMARY KEY, v text, n numeric(12,2)); "
               "INSERT INTO t SELECT i, 'v' || i, i / 3.0 FROM generate_series(1, 5000) i; "
               "CREATE VIEW v AS SELECT * FROM t WHERE id % 2 = 0")
    configure([export("whole", table="t"), export("v"),
               export("cut", table="t", mode="chunked", chunk_column="id", chunk_size=1000),
               export("parallel", table="t", mode="chunked", chunk_column="id", chunk_size=1000, parallel=3)])
    before = settings(db, pooler)
    rivet.env["DATABASE_URL"] = db.url.replace(f":{db.server.port}/", f":{pooler}/")
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert settings(db, pooler) == before
    for name, relation in (("whole", "t"), ("v", "v"), ("cut", "t"), ("parallel", "t")):
        compare.assert_landed(db.connection, relation, landed(name))
