"""The completion scripts, in the shells that are installed."""

import shutil
import subprocess

import pytest

from harness.program import environment, export


def run_shell(rivet, shell, script, *args):
    return subprocess.run([shell, *args], input=script, cwd=rivet.cwd, env=environment(), capture_output=True, text=True,
                          timeout=60, check=False)


def offered(rivet, line, folder):
    """What bash offers behind `line`."""
    (folder / "rivet.bash").write_text(rivet("completions", "bash").expect(0).out, encoding="utf-8")
    words = line.replace("rivet", rivet.path, 1).split(" ")
    quoted = " ".join("'" + word + "'" for word in words)
    script = (f"source ./rivet.bash\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n_rivet\n"
              'for word in "${COMPREPLY[@]}"; do echo "$word"; done\n')
    done = run_shell(rivet, "bash", script)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("shell, check", [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")])
def test_the_syntax_is_the_shells(rivet, shell, check):
    script = rivet("completions", shell).expect(0).out
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = run_shell(rivet, shell, script, check)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


def test_bash_offers_commands_flags_and_words(rivet, folder):
    assert {"run", "check", "doctor", "state", "metrics"} <= set(offered(rivet, "rivet ", folder))
    assert offered(rivet, "rivet met", folder) == ["metrics"]
    assert offered(rivet, "rivet run --summ", folder) == ["--summary-output"]
    assert offered(rivet, "rivet run --json", folder) == ["--json", "--json-errors"], "global flags as well"
    assert {"show", "reset", "files"} <= set(offered(rivet, "rivet state ", folder))
    assert offered(rivet, "rivet state files --lim", folder) == ["--limit"]
    assert offered(rivet, "rivet run --color ", folder) == ["auto", "always", "never"]
    assert offered(rivet, "rivet run --color = al", folder) == ["always"]


def test_bash_offers_names_of_exports_and_files(rivet, configure, folder):
    configure([export("orders"), export("order_items"), export("customers")])
    assert offered(rivet, "rivet run -e ord", folder) == ["orders", "order_items"]
    assert offered(rivet, "rivet run -e ", folder) == ["orders", "order_items", "customers"]
    (folder / "other.yaml").write_text((folder / "rivet.yaml").read_text().replace("customers", "clients"))
    assert offered(rivet, "rivet check -c other.yaml --export c", folder) == ["clients"]
    assert offered(rivet, "rivet run -c oth", folder) == ["other.yaml"]
    (folder / "rivet.yaml").write_text("nothing: of use\n")
    assert offered(rivet, "rivet run -e ord", folder) == [], "a config that is none offers nothing"


def test_others_are_refused(rivet):
    for shell in ("powershell", "elvish"):
        assert "not available yet" in rivet("completions", shell).expect(2).err
    rivet("completions", "tcsh").expect(2)
    rivet("completions").expect(2)
