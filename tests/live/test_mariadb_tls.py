"""MariaDB over TLS: what each mode accepts, and what it refuses before a row is read."""

import os
import shutil

import pytest

from harness import certificates as made
from harness import program
from harness.databases import READER, MariaDatabase
from harness.program import export
from throwaway_mariadb import ThrowawayMariaDB


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    """A CA of our own, a certificate of the server that names localhost and no address, and another CA."""
    if not made.can_be_made():
        pytest.skip("no openssl")
    return made.make(tmp_path_factory.mktemp("tls", numbered=True))


@pytest.fixture(scope="module")
def secured(certificates):
    """A MariaDB that offers TLS."""
    shared = made.copy_for_server(certificates, f"/tmp/rivet-tls-{os.getpid()}", 0o644)
    running = ThrowawayMariaDB({f"ssl-{what}": f"{shared}/{name}.{end}" for what, name, end in
                                (("ca", "ca", "pem"), ("cert", "server", "pem"), ("key", "server", "key"))})
    try:
        running.start()
        running.create_reader(READER, program.CANARY)
        yield running
    except (RuntimeError, OSError) as reason:
        pytest.skip(f"no MariaDB with TLS: {reason}")
    finally:
        running.stop()
        shutil.rmtree(shared, ignore_errors=True)


@pytest.fixture
def shop(secured):
    secured.create_database("shop")
    secured.grant("shop", READER)
    database = MariaDatabase(secured, "shop")
    database.make_table("t", 200)
    yield database
    database.drop()


def run(shop, folder, url, tls=None):
    source = {"type": "mysql", **({"tls": tls} if tls else {})}
    program.write_config(folder, [export("t")], source)
    return program.Program(folder, {"DATABASE_URL": url})("run", "-c", "rivet.yaml", "--json-errors")


def test_modes_that_ask_for_tls_get_it(shop, folder, certificates):
    shop.execute(f"ALTER USER '{READER}'@'127.0.0.1' REQUIRE SSL")
    url = shop.url.replace("127.0.0.1", "localhost")
    ca = str(certificates / "ca.pem")
    for tls in ({"mode": "require"}, {"mode": "verify-ca", "ca_file": ca}, {"mode": "verify-full", "ca_file": ca}):
        run(shop, folder, url, tls).expect(0)
    run(shop, folder, url + "?ssl-mode=REQUIRED").expect(0)
    run(shop, folder, shop.url, {"mode": "verify-ca", "ca_file": ca}).expect(0)
    # Nothing said and this host: in clear, which this account does not allow.
    assert run(shop, folder, url).expect(1).error()["code"] == "RIVET_SOURCE_AUTH"


@pytest.mark.parametrize("case", ["another CA", "another name", "public authorities"])
def test_a_server_that_does_not_prove_itself_is_refused(shop, folder, certificates, case):
    tls = {"another CA": {"mode": "verify-ca", "ca_file": str(certificates / "other.pem")},
           "another name": {"mode": "verify-full", "ca_file": str(certificates / "ca.pem")},
           "public authorities": {"mode": "verify-full"}}[case]
    error = run(shop, folder, shop.url, tls).expect(1).error()
    assert error["code"] == "RIVET_SOURCE_TLS", error
    assert not (folder / "out" / "t" / "_SUCCESS").exists()


def test_a_server_without_tls_is_refused_where_tls_is_asked_for(mariadb, rivet, configure):
    mariadb.make_table("t", 10)
    if mariadb.value("SELECT @@have_ssl") == "YES":
        pytest.skip("this server makes certificates by itself")
    configure([export("t")], source={"tls": {"mode": "require"}})
    assert rivet("run", "-c", "rivet.yaml", "--json-errors").expect(1).error()["code"] == "RIVET_SOURCE_TLS"
