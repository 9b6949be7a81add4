"""Texts that must stay as they are. RIVET_REWRITE_GOLDENS=1 writes them anew, for `git diff` to show what changed."""

import os
import re

FOLDER = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden")


def check(name, text):
    """`text` is what tests/golden/`name` holds."""
    path = os.path.join(FOLDER, name)
    if os.environ.get("RIVET_REWRITE_GOLDENS"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    assert os.path.exists(path), f"no golden {path}: RIVET_REWRITE_GOLDENS=1 writes it"
    with open(path, encoding="utf-8") as file:
        assert text == file.read(), f"differs from {path}; if that is meant, RIVET_REWRITE_GOLDENS=1 writes it anew"


def check_examples(page, told):
    """The fenced block after each comment `<!-- example: NAME -->` of docs/`page` is the text told["NAME"]."""
    path = os.path.join(os.path.dirname(os.path.dirname(FOLDER)), "docs", page)
    with open(path, encoding="utf-8") as file:
        before = file.read()
    after = before
    for name, text in told.items():
        mark = re.compile(rf"(<!-- example: {re.escape(name)} -->\n)(\n?```(\w*)\n.*?\n```\n)?", re.DOTALL)
        language = "sql" if "ddl" in name else ""
        after, found = mark.subn(lambda match, language=language, text=text: f"{match[1]}\n```{language}\n{text}\n```\n", after)
        assert found == 1, f"{path} has {found} places for the example {name}"
    if os.environ.get("RIVET_REWRITE_GOLDENS"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(after)
    else:
        assert after == before, f"an example of {path} is not what is told; RIVET_REWRITE_GOLDENS=1 writes it anew"
