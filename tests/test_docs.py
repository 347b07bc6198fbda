"""Every example and every command of the pages and the README runs; examples show what they say."""

from __future__ import annotations

import doctest
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MARKDOWN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MARKDOWN = [page for page in MARKDOWN if "_build" not in page.parts]
PAGES = [page for page in MARKDOWN if ">>>" in page.read_text()]
NOT_ALONE = {
    "use-a-cluster.md": "needs a scheduler on another machine; tests/batch/test_cluster.py has one",
    "check-a-conjecture.md": "refutes its claim, so it ends with 1; tests/cli has its like",
}
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # examples may write files
    run_examples(page)


def run_examples(page: Path) -> None:
    """Run the page's Python examples in the current folder."""
    # A fence ends an example, as a blank line does.
    text = "\n".join(
        "" if line.startswith("```") else line for line in page.read_text().split("\n")
    )
    test = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    shown: list[str] = []
    runner.run(test, out=shown.append)
    assert runner.failures == 0, "".join(shown)


def shell_commands(page: Path) -> list[str]:
    """Return the lines of a page's ``sh`` blocks that call eqsolve, without their comments."""
    blocks = [block.split("```")[0] for block in page.read_text().split("```sh\n")[1:]]
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.split("\n")]
    return [line for line in lines if line.startswith("eqsolve ")]


WITH_COMMANDS = [page for page in MARKDOWN if shell_commands(page) and page.name not in NOT_ALONE]


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_of_a_page(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other in an empty folder, after the page's Python examples."""
    monkeypatch.chdir(tmp_path)
    run_examples(page)
    for command in shell_commands(page):
        done = subprocess.run(
            [sys.executable, "-m", "eqsolve", *shlex.split(command)[1:]],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, (command, done.stderr)
