"""init writes a config that runs as it is, over a schema with a bit of everything."""

import glob
import json
import os
import re
import time

import pytest

from harness import compare
from harness.landed import Landed

SCHEMA = """
CREATE TYPE mood AS ENUM ('sad', 'ok', 'very, happy');
CREATE DOMAIN email AS varchar(80) CHECK (value LIKE '%@%');
CREATE TABLE customers (id serial PRIMARY KEY, mail email NOT NULL, mood mood, born date, limits numeric(12,2));
INSERT INTO customers (mail, mood, born, limits) SELECT 'a' || i || '@b.c', (enum_range(NULL::mood))[1 + i % 3],
  CASE WHEN i % 3 > 0 THEN date '1950-01-01' + i END, i / 7.0 FROM generate_series(1, 700) i;
CREATE TABLE big (id bigint PRIMARY KEY, pad text, amount numeric(18,4), at timestamptz NOT NULL);
INSERT INTO big SELECT i, repeat('x', i % 50), i / 3.0, timestamptz '2024-01-01' + i * interval '1 second'
  FROM generate_series(1, 120000) i;
CREATE TABLE "Order Items" ("Id" integer PRIMARY KEY, "Select" text, "with space" boolean);
INSERT INTO "Order Items" SELECT i, 'it' || i, i % 2 = 0 FROM generate_series(1, 300) i;
CREATE TABLE composite_key (a integer, b text, v real, PRIMARY KEY (a, b));
INSERT INTO composite_key SELECT i % 10, 'b' || i, i / 8.0 FROM generate_series(1, 300) i;
CREATE TABLE no_key (name text, n smallint);
INSERT INTO no_key SELECT 'n' || i % 5, i FROM generate_series(1, 200) i;
CREATE TABLE uuid_key (id uuid PRIMARY KEY, data jsonb, raw bytea);
INSERT INTO uuid_key SELECT md5(i::text)::uuid, jsonb_build_object('i', i), decode(md5(i::text), 'hex')
  FROM generate_series(1, 300) i;
CREATE TABLE arrays (id integer PRIMARY KEY, ints integer[], texts text[], nums numeric(8,3)[]);
INSERT INTO arrays VALUES (1, '{1,NULL,3}', '{a,"b c",NULL}', '{1.5,2.125}'), (2, '{}', NULL, '{}'), (3, NULL, '{}', NULL);
CREATE TABLE empty_one (id integer PRIMARY KEY, t text);
CREATE TABLE nulls_only (id integer, t text, d date, u uuid);
INSERT INTO nulls_only SELECT NULL, NULL, NULL, NULL FROM generate_series(1, 20);
CREATE TABLE other_types (id integer PRIMARY KEY, addr inet, span int4range, took interval, bits bit(5), doc xml);
INSERT INTO other_types VALUES (1, '10.0.0.1', '[1,5)', '1 day 02:00', B'10101', '<a/>'), (2, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE measurements (id bigint NOT NULL, day date NOT NULL, v double precision) PARTITION BY RANGE (day);
CREATE TABLE measurements_1 PARTITION OF measurements FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE measurements_2 PARTITION OF measurements FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
INSERT INTO measurements SELECT i, date '2024-01-01' + i % 50, sqrt(i) FROM generate_series(1, 500) i;
CREATE VIEW happy AS SELECT id, mail FROM customers WHERE mood = 'very, happy';
ANALYZE;
"""
RELATIONS = ("customers", "big", '"Order Items"', "composite_key", "no_key", "uuid_key", "arrays", "empty_one",
             "nulls_only", "other_types", "measurements", "happy")


def plain(name):
    return re.sub(r"[^a-z0-9]", "", name.lower())


def places(folder):
    """Destination folder of each export, by the plain form of its table's name."""
    found = glob.glob(os.path.join(str(folder), "**", "manifest.json"), recursive=True)
    return {plain(os.path.basename(os.path.dirname(path))): os.path.dirname(path) for path in found}


@pytest.fixture
def made(db, rivet):
    db.execute(SCHEMA)
    return rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)


def test_what_init_writes_runs_unedited(db, rivet, made, folder):
    del made
    outcome = rivet("run", "-c", "rivet.yaml", "--json").expect(0)
    assert outcome.json["failed_count"] == 0
    found = places(folder)
    for relation in RELATIONS:
        landed = Landed(found[plain(relation)]).check_books()
        compare.assert_landed(db.connection, relation, landed)
    rivet("validate", "-c", "rivet.yaml").expect(0)
    db.assert_clean()


def test_every_table_is_in_the_file_with_meta_columns(made, folder):
    del made
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    for relation in RELATIONS:
        assert relation.strip('"') in text
    assert re.search(r"mode:\s*\"?chunked", text), "big has 120 000 rows and an integer key"
    assert re.search(r"chunk_checkpoint:\s*true", text)
    assert "exported_at: true" in text and "row_hash: true" in text
    assert re.search(r"url_env:\s*\"?DATABASE_URL", text)


def test_init_does_not_overwrite_without_force(rivet, made, folder):
    del made
    (folder / "rivet.yaml").write_text("mine", encoding="utf-8")
    assert rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").code != 0
    assert (folder / "rivet.yaml").read_text(encoding="utf-8") == "mine"
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml", "--force").expect(0)


def test_one_table_to_stdout(db, rivet):
    db.execute(SCHEMA)
    outcome = rivet("init", "--source-env", "DATABASE_URL", "--table", "customers").expect(0)
    assert "customers" in outcome.out and "uuid_key" not in outcome.out


def test_include_and_exclude(db, rivet):
    db.execute(SCHEMA)
    outcome = rivet("init", "--source-env", "DATABASE_URL", "--include", "*_key", "--exclude", "no_*").expect(0)
    assert "uuid_key" in outcome.out and "composite_key" in outcome.out
    assert "no_key" not in outcome.out and "customers" not in outcome.out


def test_another_schema_and_none_found(db, rivet):
    db.execute("CREATE SCHEMA other; CREATE TABLE other.t (id integer PRIMARY KEY); INSERT INTO other.t VALUES (7);"
               'GRANT USAGE ON SCHEMA other TO "shop reader"')
    rivet("init", "--source-env", "DATABASE_URL", "--schema", "other", "-o", "rivet.yaml").expect(0)
    rivet("run", "-c", "rivet.yaml").expect(0)
    manifests = list(places(rivet.cwd).values())
    assert len(manifests) == 1
    compare.assert_landed(db.connection, "other.t", Landed(manifests[0]).check_books())
    assert "schema" in rivet("init", "--source-env", "DATABASE_URL", "--schema", "nothing_here").expect(1).err


def test_check_of_what_init_wrote(rivet, made):
    del made
    outcome = rivet("check", "-c", "rivet.yaml").expect(0)
    assert "Strategy" in outcome.out and "chunked(id" in outcome.out and "full-scan" in outcome.out
    reports = [json.loads(line) for line in rivet("check", "-c", "rivet.yaml", "--json").expect(0).out.splitlines()]
    assert len(reports) >= len(RELATIONS)


KEYED = """
CREATE TABLE docs (id uuid PRIMARY KEY, title text NOT NULL, changed timestamptz, made timestamp NOT NULL);
INSERT INTO docs SELECT md5(i::text)::uuid, 't' || i, NULL, timestamp '2024-01-01' FROM generate_series(1, 150000) i;
CREATE TABLE small (id integer PRIMARY KEY, code text UNIQUE NOT NULL, bare numeric);
INSERT INTO small SELECT i, 'c' || i, i FROM generate_series(1, 900) i;
CREATE TABLE loose (v text); INSERT INTO loose VALUES ('x');
ANALYZE;
"""


def test_a_large_table_without_an_integer_key_is_walked_along_its_own(db, rivet, folder):
    db.execute(KEYED)
    rivet("init", "--source-env", "DATABASE_URL", "--table", "docs", "-o", "rivet.yaml").expect(0)
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert "chunk_by_key: id" in text and "chunk_size: 100000" in text and "parallel" not in text
    rivet("run", "-c", "rivet.yaml").expect(0)
    landed = Landed(next(iter(places(folder).values()))).check_books()
    assert len(landed.parts) == 2 and compare.assert_landed(db.connection, "docs", landed) == 150000


@pytest.mark.parametrize("mode, wanted", [("full", {"full"}), ("chunked", {"chunked", "full"}), ("keyset", {"chunked", "full"})])
def test_the_mode_is_what_was_asked_for_where_there_is_a_key(db, rivet, folder, mode, wanted):
    db.execute(KEYED)
    rivet("init", "--source-env", "DATABASE_URL", "--mode", mode, "-o", "rivet.yaml").expect(0)
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"^    mode: (\w+)", text, re.M)) == wanted
    rivet("run", "-c", "rivet.yaml").expect(0)
    for name in ("docs", "small", "loose"):
        compare.assert_landed(db.connection, name, Landed(places(folder)[name]).check_books())


def test_modes_that_are_none_or_not_there_yet(rivet):
    assert "not available yet" in rivet("init", "--source-env", "DATABASE_URL", "--mode", "incremental").expect(2).err
    rivet("init", "--source-env", "DATABASE_URL", "--mode", "fast").expect(2)
    for flag in ("--gcs-bucket", "--s3-bucket", "--azure-container"):
        assert "not available yet" in rivet("init", "--source-env", "DATABASE_URL", flag, "x").expect(2).err


def test_discover(db, rivet, folder):
    db.execute(KEYED)
    found = rivet("init", "--source-env", "DATABASE_URL", "--discover").expect(0).json
    assert found["source_type"] == "postgres" and found["rivet_version"] and found["scope"]
    tables = {table["table"]: table for table in found["tables"]}
    assert list(tables) == ["docs", "loose", "small"], "sorted by name"
    docs = tables["docs"]
    assert docs["schema"] == "public" and docs["row_estimate"] == 150000 and docs["total_bytes"] > 150000
    assert docs["suggested_mode"] == "keyset" and docs["primary_key"] == ["id"]
    assert [one["column"] for one in docs["cursor_candidates"]] == ["made", "changed"]
    assert docs["cursor_candidates"][0] == {"column": "made", "data_type": "timestamp without time zone", "is_nullable": False,
                                            "is_primary_key": False, "score": 41, "reasons": ["timestamp_type"]}
    assert docs["chunk_candidates"] == [] and "suggested_cursor_fallback_column" not in docs
    assert tables["small"]["suggested_mode"] == "full" and tables["small"]["unique_keys"] == [["code"]]
    assert tables["small"]["chunk_candidates"][0]["score"] == 60
    assert any("numeric" in note for note in tables["small"]["notes"])
    assert [column["name"] for column in tables["loose"]["columns"]] == ["v"]
    rivet("init", "--source-env", "DATABASE_URL", "--discover", "--include", "small", "-o", "found.json").expect(0)
    assert [table["table"] for table in json.loads((folder / "found.json").read_text(encoding="utf-8"))["tables"]] == ["small"]
    rivet("init", "--source-env", "DATABASE_URL", "--discover", "-o", "found.json").expect(2)


def test_numerics_without_a_precision_are_marked(db, rivet, folder):
    db.execute(KEYED)
    outcome = rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert "# REVIEW: bare" in text and "NOTE: review small.bare" in text and "review small.bare" in outcome.err


def test_five_hundred_tables_in_ten_seconds(db, rivet, folder):
    for i in range(500):
        db.execute(f"CREATE TABLE t{i:03} (id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2), at timestamptz)")
    begun = time.monotonic()
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    assert time.monotonic() - begun <= 10
    assert (folder / "rivet.yaml").read_text(encoding="utf-8").count("- name:") == 500


def test_another_search_path_reads_the_table_that_was_looked_at(db, rivet, folder):
    db.execute('CREATE TABLE orders (id integer PRIMARY KEY); INSERT INTO orders VALUES (1), (2);'
               "CREATE SCHEMA decoy; CREATE TABLE decoy.orders (id integer PRIMARY KEY); INSERT INTO decoy.orders VALUES (9);"
               'GRANT USAGE ON SCHEMA decoy TO "shop reader"; GRANT SELECT ON decoy.orders TO "shop reader"')
    rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert "- name: orders\n    table: public.orders\n" in text
    db.execute(f'ALTER DATABASE "{db.name}" SET search_path = decoy, public')
    rivet("run", "-c", "rivet.yaml").expect(0)
    assert compare.assert_landed(db.connection, "public.orders", Landed(places(folder)["orders"]).check_books()) == 2


def test_columns_named_like_meta_columns_switch_those_off(db, rivet, folder):
    db.execute("CREATE TABLE again (id integer PRIMARY KEY, _rivet_row_hash bigint); INSERT INTO again VALUES (1, 2);"
               "CREATE TABLE both_of (id integer PRIMARY KEY, _rivet_row_hash bigint, _rivet_exported_at timestamptz);"
               "INSERT INTO both_of VALUES (1, 2, now())")
    outcome = rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    assert "review again: _rivet_row_hash" in outcome.err
    text = (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert text.count("# REVIEW: the table has a column _rivet_row_hash itself") == 2
    assert text.count("row_hash: false") == 2 and text.count("exported_at: false") == 1
    rivet("run", "-c", "rivet.yaml").expect(0)


def test_tables_that_may_not_be_read_are_named(db, rivet, folder):
    db.execute('CREATE TABLE zebra (id integer PRIMARY KEY); CREATE TABLE payroll (id integer PRIMARY KEY);'
               'REVOKE ALL ON payroll FROM PUBLIC, "shop reader"')
    outcome = rivet("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml").expect(0)
    assert "skipped payroll" in outcome.err and "permission denied" in outcome.err
    assert "- name: payroll" not in (folder / "rivet.yaml").read_text(encoding="utf-8")
    assert "- name: zebra" in (folder / "rivet.yaml").read_text(encoding="utf-8")
