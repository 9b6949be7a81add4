"""PostgreSQL over TLS: what `init --tls` connects with is what it writes."""

import os
import shutil

import psycopg
import pytest

from harness import certificates as made
from harness import compare, program
from harness.databases import READER, PostgresDatabase
from harness.landed import Landed
from throwaway_postgres import ThrowawayPostgres


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A CA of our own, a certificate of the server that names localhost and no address, and another CA."""
    if not made.can_be_made():
        pytest.skip("no openssl")
    return made.make(tmp_path_factory.mktemp("tls", numbered=True))


@pytest.fixture(scope="module")
def secured(certificates):
    """A PostgreSQL that offers TLS."""
    shared = f"/tmp/rivet-pg-tls-{os.getpid()}"
    running = ThrowawayPostgres({"ssl": "on", "ssl_cert_file": f"{shared}/server.pem", "ssl_key_file": f"{shared}/server.key"})
    # The server takes a key that nobody but its user may read.
    made.copy_for_server(certificates, shared, 0o600, running.user)
    try:
        with running:
            with psycopg.connect(running.url(), autocommit=True) as admin:
                admin.execute(psycopg.sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    psycopg.sql.Identifier(READER), psycopg.sql.Literal(program.CANARY)))
                admin.execute("CREATE DATABASE shop")
            yield running
    finally:
        shutil.rmtree(shared, ignore_errors=True)


@pytest.fixture
def shop(secured):
    database = PostgresDatabase(secured, "shop")
    database.execute("DROP TABLE IF EXISTS t")
    database.make_table("t", 200)
    yield database
    database.connection.close()


def by_name(shop):
    return shop.url.replace("127.0.0.1", "localhost")


def test_what_init_connects_with_is_what_it_writes(shop, folder, certificates):
    rivet = program.Program(folder, {"DATABASE_URL": by_name(shop)})
    (folder / "conf").mkdir()
    (folder / "certs").mkdir()
    shutil.copy(certificates / "ca.pem", folder / "certs" / "ca.pem")
    for mode, output in (("require", "rivet.yaml"), ("verify-ca", "conf/ca.yaml"), ("verify-full", "full.yaml"), ("", "alone.yaml")):
        given = ["--tls", mode] if mode else []
        given += ["--tls-ca", "certs/ca.pem"] if mode != "require" else []
        rivet("init", "--source-env", "DATABASE_URL", "-o", output, *given).expect(0)
        text = (folder / output).read_text(encoding="utf-8")
        assert f"  tls:\n    mode: {mode or 'verify-full'}\n" in text
        assert ("ca_file" in text) == (mode != "require")
        # The config's own folder is what its relative paths start from.
        rivet("run", "-c", output).expect(0)
        place = folder / os.path.dirname(output) / "output" / "t"
        assert compare.assert_landed(shop.connection, "t", Landed(place).check_books()) == 200
        shutil.rmtree(place)
    assert "tls" not in rivet("init", "--source-env", "DATABASE_URL").expect(0).out


@pytest.mark.parametrize("case", ["another CA", "another name", "public authorities", "no such file"])
def test_a_server_that_does_not_prove_itself_is_refused(shop, folder, certificates, case):
    url = shop.url if case == "another name" else by_name(shop)
    rivet = program.Program(folder, {"DATABASE_URL": url})
    ca = {"another CA": certificates / "other.pem", "another name": certificates / "ca.pem",
          "no such file": folder / "none.pem"}.get(case)
    given = ["--tls", "verify-full"] + (["--tls-ca", str(ca)] if ca else [])
    outcome = rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml", *given, "--json-errors")
    error = outcome.expect(2 if case == "no such file" else 1).error()
    if case == "no such file":
        assert "none.pem" in error["error"]
    else:
        assert error["code"] == "RIVET_SOURCE_TLS" and error["hints"], error
        assert "certificate" in error["error"] or "127.0.0.1" in error["error"], error
    assert not (folder / "rivet.yaml").exists(), "nothing is written"


def test_a_server_without_tls_is_refused_where_tls_is_asked_for(db, rivet, folder):
    db.make_table("t", 10)
    error = rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml", "--tls", "require", "--json-errors").expect(1).error()
    assert error["code"] == "RIVET_SOURCE_TLS", error
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml", "--tls", "disable").expect(0)
    assert "mode: disable" in (folder / "rivet.yaml").read_text(encoding="utf-8")
    rivet("run", "-c", "rivet.yaml").expect(0)
    rivet("init", "--source-env", "DATABASE_URL", "--tls", "maybe").expect(2)
