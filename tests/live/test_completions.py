"""The completion scripts, in the shells that are installed."""

import os
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


POWERSHELL = """
. ./rivet.ps1
$done = [System.Management.Automation.CommandCompletion]::CompleteInput($args[0], $args[0].Length, $null)
$done.CompletionMatches | ForEach-Object { $_.CompletionText }
"""


@pytest.mark.parametrize("shell", ["powershell", "elvish"])
def test_the_script_names_every_command_and_flag(rivet, shell):
    script = rivet("completions", shell).expect(0).out
    for command in rivet("schema", "cli").expect(0).json["commands"]:
        assert f"'{command['path']}'" in script
        for flag in command["flags"]:
            for form in flag["long"] + flag["short"]:
                assert f"'{form}'" in script, form
    assert "@" + "STEPS@" not in script and "completions --list-exports" in script


def test_powershell_offers_commands_flags_words_and_exports(rivet, configure, folder):
    script = rivet("completions", "powershell").expect(0).out
    if shutil.which("pwsh") is None:
        pytest.skip("pwsh is not installed")
    configure([export("orders"), export("order items"), export("customers")])
    (folder / "rivet.ps1").write_text(script, encoding="utf-8")
    (folder / "ask.ps1").write_text(POWERSHELL, encoding="utf-8")

    def asked(line):
        env = dict(environment(), PATH=f"{os.path.dirname(rivet.path)}:{environment()['PATH']}")
        done = subprocess.run(["pwsh", "-NoProfile", "-File", "ask.ps1", line], cwd=rivet.cwd, env=env, capture_output=True,
                              text=True, timeout=60, check=False)
        assert done.returncode == 0 and not done.stderr.strip(), done.stderr
        return done.stdout.split("\n")[:-1]

    assert asked("rivet met") == ["metrics"]
    assert asked("rivet run --summ") == ["--summary-output"]
    assert asked("rivet run --color ") == ["auto", "always", "never"]
    assert asked("rivet run -e ord") == ["orders", "'order items'"]


def test_elvish_takes_the_script(rivet, folder):
    script = rivet("completions", "elvish").expect(0).out
    if shutil.which("elvish") is None:
        pytest.skip("elvish is not installed")
    (folder / "rivet.elv").write_text(script, encoding="utf-8")
    done = subprocess.run(["elvish", "-compileonly", "rivet.elv"], cwd=rivet.cwd, env=environment(), capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr


def test_others_are_refused(rivet):
    rivet("completions", "tcsh").expect(2)
    rivet("completions").expect(2)
