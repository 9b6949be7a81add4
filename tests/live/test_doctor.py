"""doctor against the real server and the real disk."""

import os
import stat

from harness.program import export

TABLE = "CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1)"


def named(outcome):
    return {check["name"].split(" (")[0].split("(")[0] if not check["name"].startswith("Source read") else check["name"]: check
            for check in outcome.json["checks"]}


def everything(folder):
    return sorted(os.path.relpath(os.path.join(parent, name), folder)
                  for parent, folders, names in os.walk(folder) for name in folders + names)


def test_all_is_well_and_nothing_is_left(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("t"), export("u", table="t", folder="out/{date}/{run_id}")])
    before = everything(folder)
    outcome = rivet("doctor", "-c", "rivet.yaml", "--json").expect(0)
    assert outcome.json["all_ok"] is True
    checks = named(outcome)
    assert set(checks) == {"Config parsed successfully", "State", "Source auth", "Source clock", "Source read (t)",
                           "Source read (u)", "Destination Local"}
    assert "role shop reader" in checks["Source auth"]["detail"]
    assert everything(folder) == before, "no probe, no folder, no state"
    text = rivet("doctor", "-c", "rivet.yaml").expect(0).out
    assert text.startswith("rivet doctor: verifying auth for config 'rivet.yaml'\n[OK] Config parsed successfully\n")
    assert "{date}" not in text and text.endswith("All checks passed.\n")


def test_with_state_and_files_of_runs(db, rivet, configure, folder, landed):
    db.execute(TABLE)
    configure([export("t")])
    rivet("run", "-c", "rivet.yaml").expect(0)
    before = [name for name in everything(folder) if not name.startswith(".rivet_state")]
    rivet("doctor", "-c", "rivet.yaml").expect(0)
    assert [name for name in everything(folder) if not name.startswith(".rivet_state")] == before
    assert landed("t").manifest["row_count"] == 1
    rivet("validate", "-c", "rivet.yaml").expect(0)


def test_a_wrong_password(db, rivet, configure):
    db.execute(TABLE)
    configure([export("t")])
    rivet.env["DATABASE_URL"] = db.server.url(db.name, "shop reader", "wrong")
    outcome = rivet("doctor", "-c", "rivet.yaml").expect(1)
    assert "[FAIL] Source auth (Postgres) -- auth error: " in outcome.out
    assert "[OK] Destination Local(" in outcome.out, "one failure hides no other"
    assert outcome.out.endswith("Some checks failed. Fix the issues above before running exports.\n")


def test_nobody_listens(db, rivet, configure):
    del db
    configure([export("t")])
    rivet.env["DATABASE_URL"] = "postgres://nobody@127.0.0.1:1/nothing"
    outcome = rivet("doctor", "-c", "rivet.yaml").expect(75)
    assert "connectivity error" in outcome.out


def test_a_table_that_may_not_be_read_and_one_that_is_gone(db, rivet, configure):
    db.execute(TABLE)
    db.execute('CREATE TABLE secret (id int); REVOKE ALL ON secret FROM "shop reader"')
    configure([export("t"), export("secret"), export("gone")])
    outcome = rivet("doctor", "-c", "rivet.yaml", "--json").expect(1)
    checks = named(outcome)
    assert checks["Source read (t)"]["ok"] is True
    assert checks["Source read (secret)"]["category"] == "auth error"
    assert checks["Source read (gone)"]["ok"] is False and "hint" in checks["Source read (gone)"]


def test_a_place_that_is_none(db, rivet, configure, folder):
    db.execute(TABLE)
    (folder / "file").write_text("no folder", encoding="utf-8")
    configure([export("t"), export("u", table="t", folder="file"), export("v", table="t", folder="/proc/nowhere")])
    outcome = rivet("doctor", "-c", "rivet.yaml").expect(1)
    fails = [line for line in outcome.out.splitlines() if line.startswith("[FAIL]")]
    assert len(fails) == 2 and all("Destination Local(" in line for line in fails)
    assert "path not found" in outcome.out
    assert f"[OK] Destination Local({folder}/out/t)" in outcome.out


def test_a_config_that_is_none(rivet, folder):
    (folder / "rivet.yaml").write_text("source: { type: postgres }\nexports: 3\n", encoding="utf-8")
    outcome = rivet("doctor", "-c", "rivet.yaml", "--json").expect(2)
    assert outcome.json["all_ok"] is False and outcome.json["checks"][0]["category"] == "config error"


def test_state_that_cannot_be_read(db, rivet, configure, folder):
    db.execute(TABLE)
    configure([export("t")])
    (folder / ".rivet_state.db").write_bytes(b"not a database" * 100)
    outcome = rivet("doctor", "-c", "rivet.yaml").expect(1)
    assert "[FAIL] State (" in outcome.out
    assert stat.S_ISREG(os.stat(folder / ".rivet_state.db").st_mode)
