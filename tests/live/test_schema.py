"""`rivet schema`: the JSON Schema agrees with what the loader does, and no error code is forgotten. One test needs a server."""

import json
import os
import pathlib
import re

import jsonschema
import pytest
import yaml

from harness import program

ROOT = pathlib.Path(program.ROOT)
CASES = ROOT / "tests" / "cases" / "config_cases.yaml"
SAMPLES = ROOT / "tests" / "cases" / "samples"


class Loader(yaml.SafeLoader):
    """YAML 1.2 as editors read it: only true and false are booleans, no dates, no octal 010."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, firsts in (("bool", r"true|false", "tf"), ("null", r"~|null|", ["~", "n", ""]),
                             ("int", r"[-+]?[0-9]+", "-+0123456789"),
                             ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789")):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(f"^(?:{pattern})$"), list(firsts))
Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile("^<<$"), ["<"])
Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def read(text):
    return yaml.load(text, Loader)


DATA = read(CASES.read_text(encoding="utf-8"))


def config_of(case):
    return DATA["templates"].get(case.get("in"), "") + case["yaml"]


@pytest.fixture(scope="module")
def rivet(tmp_path_factory):
    return program.Program(tmp_path_factory.mktemp("schema"), DATA["environment"])


@pytest.fixture(scope="module")
def schema(rivet):
    made = rivet("schema", "config").expect(0).json
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


def complaints(schema, text):
    """What the schema says against a config; a text that is no YAML counts as said."""
    try:
        document = read(text)
    except yaml.YAMLError as error:
        return [str(error)]
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(document)]


def test_the_schema_refuses_what_a_schema_can_express(schema):
    wrong = []
    for case in DATA["cases"]:
        said = complaints(schema, config_of(case))
        expected = case.get("schema") == "rejects"
        if bool(said) != expected:
            wrong.append((case["name"], "accepted" if expected else said))
    assert not wrong, "\n".join(map(str, wrong))


def test_most_cases_are_refused_by_the_schema_too():
    mistakes = [case for case in DATA["cases"] if "code" in case]
    assert sum(case["schema"] == "rejects" for case in mistakes) > len(mistakes) * 0.6


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.yaml")))
def test_samples_validate_with_the_keys_of_later_versions(schema, name):
    assert not complaints(schema, (SAMPLES / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", ["config.md", "modes.md", "getting-started.md", "types.md"])
def test_configs_of_the_documentation_validate(schema, rivet, folder, page):
    """Whole configs and single exports of the pages; the program takes them as well."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (folder / "certs").mkdir()
    (folder / "certs" / "ca.pem").write_text("x")
    for block in re.findall(r"```yaml\n(.*?)```", text, re.S):
        if re.match(r" +- ", block):
            block = "source: { type: postgres, url_env: DATABASE_URL }\nexports:\n" + block
        if not block.lstrip("# ").startswith(("source:", "yaml-language-server", "defaults:")):
            continue
        assert not complaints(schema, block), block
        (folder / "rivet.yaml").write_text(block, encoding="utf-8")
        rivet("state", "show", "-c", str(folder / "rivet.yaml")).expect(0)


def test_what_init_writes_validates(schema, db, folder):
    db.execute("CREATE TABLE small (id integer PRIMARY KEY, v text); CREATE TABLE odd (\"a b\" uuid PRIMARY KEY, n numeric(12,2));"
               "CREATE TABLE \"Odd Name: #1\" (v text); CREATE TABLE large (id bigint PRIMARY KEY, v text);"
               "INSERT INTO large SELECT i, repeat('x', 50) FROM generate_series(1, 150000) i; ANALYZE")
    init = program.Program(folder, {"DATABASE_URL": db.url})
    for mode in (), ("--mode", "chunked"), ("--mode", "full"):
        init("init", "--source-env", "DATABASE_URL", "-o", "rivet.yaml", "--force", *mode).expect(0)
        text = (folder / "rivet.yaml").read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=rivet.schema.json\n")
        assert not complaints(schema, text), text


def test_each_case_through_the_program(rivet, folder):
    """The text that people see: the code, the place and what to do, exit 2; a config that loads is no error."""
    for case in DATA["cases"]:
        (folder / "case.yaml").write_bytes(config_of(case).encode())
        outcome = rivet("state", "show", "-c", str(folder / "case.yaml"))
        if "code" not in case:
            outcome.expect(0)
            continue
        outcome.expect(2)
        assert not outcome.out
        place = f"[{case['code']}] {folder}/case.yaml:{case['line']}:{case['column']}: "
        assert place in outcome.err, f"{case['name']}: no {place}\n{outcome}"


TEN = """source:
  type: postgres
  url_env: DATABASE_URL
  urlenv: DATABASE_URL
  batch_size: 5
exports:
  - name: a
    table: "Odd Name"
    on_schema_drift: warn
    skip_empty: yes
    parallel: 0
    chunk_size: 5
    max_file_size: 12XB
    columns: { a: sometype }
    format: parquet
    destination: { type: local, path: "${UNSET}" }
"""


def test_ten_mistakes_are_told_at_once(rivet, folder):
    (folder / "ten.yaml").write_text(TEN)
    outcome = rivet("state", "show", "-c", str(folder / "ten.yaml")).expect(2)
    places = re.findall(r"\[(RIVET_CONFIG_\w+)\] \S+ten\.yaml:(\d+):(\d+): ", outcome.err)
    assert [(code.removeprefix("RIVET_CONFIG_"), int(line), int(column)) for code, line, column in places] == [
        ("UNKNOWN_KEY", 4, 3), ("MISPLACED_KEY", 5, 3), ("EXPORT_SOURCE_INVALID", 8, 5), ("NOT_AVAILABLE", 9, 5),
        ("VALUE_TYPE", 10, 17), ("VALUE_OUT_OF_RANGE", 11, 15), ("MODE_SETTING_INVALID", 12, 5),
        ("VALUE_OUT_OF_RANGE", 13, 20), ("COLUMN_OVERRIDE_INVALID", 14, 19), ("SECRET_UNSET", 16, 39)]


def test_every_error_code_is_listed(rivet):
    """Whoever adds a code adds it to src/command/schema_errors.cc."""
    declared = {}
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in (".h", ".cc") or path.name.endswith("_test.cc"):
            continue
        for name, remedy in re.findall(r'FaultCode k\w+\{\s*"(\w+)",\s*FaultClass::\w+,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}',
                                       path.read_text(encoding="utf-8")):
            assert name not in declared, f"{name} is declared twice"
            declared[name] = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', remedy))
    # Only programs built for tests can fail by these.
    declared = {name: remedy for name, remedy in declared.items()
                if not name.startswith(("RIVET_INTERNAL_INJECTED_", "RIVET_TEST_"))}
    listed = rivet("schema", "errors", "--json").expect(0).json
    assert [entry["code"] for entry in listed] == sorted(declared)
    classes = {"usage": 2, "permanent": 1, "integrity": 3, "drift": 4, "temporary": 75, "throttled": 75, "stopped": 130,
               "internal": 70}
    text = rivet("schema", "errors").expect(0).out
    for entry in listed:
        assert entry["exit"] == classes[entry["class"]]
        assert entry["remedy"] == declared[entry["code"]] and entry["remedy"].endswith("."), entry
        assert re.search(rf"^{entry['code']} +{entry['class']} +{entry['exit']}  ", text, re.M), entry
    text_lines = text.splitlines()
    assert len(text_lines) == len(listed) + 1


def test_schema_needs_to_know_what(rivet):
    assert "config" in rivet("schema").expect(2).err
    assert json.loads(rivet("schema", "config").expect(0).out)["$schema"].endswith("2020-12/schema")


def test_the_command_line_as_json_is_the_one_that_is_parsed(rivet):
    tree = rivet("schema", "cli").expect(0).json
    commands = {command["path"]: command for command in tree["commands"]}
    assert tree["program"] == "rivet" and tree["version"] in rivet("--version").expect(0).out
    assert set(commands[""]["commands"]) == {path for path in commands if path and " " not in path}
    assert {"state show", "state reset-chunks", "schema cli"} <= set(commands)
    for path, command in commands.items():
        page = rivet(*path.split(), "--help").expect(0).out
        for flag in command["flags"]:
            for form in flag["long"] + flag["short"]:
                assert form in page, (path, form)
    flags = {flag["long"][0]: flag for flag in commands["run"]["flags"]}
    assert flags["--max-parallel"] == {"long": ["--max-parallel"], "short": [], "summary": flags["--max-parallel"]["summary"],
                                       "takes_value": True, "value": "INT", "repeatable": False, "minimum": 1, "maximum": 64,
                                       "default": 16}
    assert flags["--param"]["repeatable"] and flags["--param"]["short"] == ["-p"] and "default" not in flags["--param"]
    assert not flags["--resume"]["takes_value"]
    everywhere = {flag["long"][0]: flag for flag in commands[""]["flags"]}
    assert everywhere["--color"]["choices"] == ["auto", "always", "never"] and everywhere["--color"]["default"] == "auto"
    assert "--color" not in flags
    assert [argument["name"] for argument in commands["completions"]["arguments"]] == ["shell"]
    assert not any(flag["long"] == ["--list-exports"] for flag in commands["completions"]["flags"]), "hidden"


def test_the_tables_of_the_documentation_are_those_of_the_program(rivet):
    """docs/config.md holds one row for each key, as `tools/config_tables.py` writes it."""
    import importlib.util
    spec = importlib.util.spec_from_file_location("config_tables", ROOT / "tools" / "config_tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    page = (ROOT / "docs" / "config.md").read_text(encoding="utf-8")
    made = tables.filled(page, rivet("schema", "config").expect(0).json)
    assert made == page, "run tools/config_tables.py with the new program"
    assert os.path.exists(ROOT / "docs" / "config.md")
