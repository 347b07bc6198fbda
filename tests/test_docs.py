"""Every example and every command of the pages and the README runs, and shows what they say."""

from __future__ import annotations

import ast
import doctest
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

ROOT = Path(__file__).resolve().parents[1]
MARKDOWN = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
MARKDOWN = [page for page in MARKDOWN if "_build" not in page.parts]
RUNS = [page for page in MARKDOWN if page.parent.name == "verbs" and page.stem != "index"]
PAGES = [page for page in MARKDOWN if ">>>" in page.read_text() and page not in RUNS]
NOT_ALONE = {
    "use-a-cluster.md": "needs a scheduler on another machine; tests/batch/test_cluster.py has one",
    "check-a-conjecture.md": "refutes its claim, so it ends with 1; tests/cli has its like",
}
PARTS_OF_A_VERB = (
    "## A run",
    "## In Python",
    "## Files, options, exit status",
    "## What goes wrong most",
)
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


NOTEBOOKS = [page for page in MARKDOWN if "```{code-cell}" in page.read_text()]


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.stem)
def test_cells_of_a_notebook(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a notebook runs them: one after the other, and what ends in a value has one to show."""
    monkeypatch.chdir(tmp_path)
    cells = re.findall(r"```\{code-cell\}\n(?::tags:.*\n\n)?([^`]*)```", page.read_text())
    names: dict[str, object] = {}
    for cell in cells:
        code = ast.parse(re.sub(r"^%.*", "", cell, flags=re.M))
        *before, last = code.body
        exec(compile(ast.Module(before, []), page.name, "exec"), names)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), page.name, "eval"), names)
            assert shown is not None or "print(" in ast.unparse(last), cell
        else:
            exec(compile(ast.Module([last], []), page.name, "exec"), names)


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


def shell_session(page: Path) -> list[tuple[str, str]]:
    """Return the lines after ``$`` in a page's ``console`` blocks, each with what it prints."""
    blocks = [block.split("```")[0] for block in page.read_text().split("```console\n")[1:]]
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(command, shown) for command, _, shown in (part.partition("\n") for part in parts)]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Return what runs a line in an empty folder and hands back all that a terminal would show."""
    program = tmp_path / "bin" / "eqsolve"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m eqsolve "$@"\n')
    program.chmod(0o755)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    paths = {"PYTHONPATH": str(ROOT), "PATH": f"{program.parent}:{os.environ['PATH']}"}
    env = os.environ | paths | {"PYTHONUTF8": "1"}

    def shown(line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout

    return shown


@pytest.mark.parametrize("page", RUNS, ids=lambda page: page.stem)
def test_runs_of_a_verb(page: Path, shell: Callable[[str], str]) -> None:
    """The shell prints what the page shows, and its Python examples find what was written."""
    session = shell_session(page)
    assert any(f"eqsolve {page.stem}" in line for line, _ in session)
    for line, want in session:
        got = shell(line)
        assert doctest.OutputChecker().check_output(want, got, FLAGS), f"$ {line}\n{got}"
    run_examples(page)


SESSIONS = [page for page in MARKDOWN if shell_session(page) and page not in RUNS]
NOT_RUN = {
    "course-elicitation.md": "begins with a market of a simulator whose files are not ours",
}


@pytest.mark.parametrize("page", SESSIONS, ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_of_a_session_are_commands(page: Path) -> None:
    """The command line takes every line as it stands: verbs, options and what they accept."""
    lines = [line for line, _ in shell_session(page) if line.startswith("eqsolve ")]
    assert lines
    for line in lines:
        _, verb, *arguments = shlex.split(line, comments=True)
        parse(verb, arguments)


def parse(verb: str, arguments: list[str]) -> None:
    """Parse a line as the program does, and run nothing."""
    from importlib import import_module

    command = import_module(f"eqsolve.cli.{verb}").command
    command.make_context(verb, arguments).close()


@pytest.mark.parametrize(
    "arguments", [["solve", "--methd", "auto", "market.json"], ["plot"], ["ask", "vcg", "a", "-x"]]
)
def test_a_line_that_is_no_command_is_seen(arguments: list[str]) -> None:
    with pytest.raises(click.UsageError):
        parse(arguments[0], arguments[1:])


SHOWN = [
    page
    for page in SESSIONS
    if page.name not in NOT_RUN
    and any(want.strip() for line, want in shell_session(page) if line.startswith("eqsolve"))
]


@pytest.mark.parametrize("page", SHOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_session_prints_what_the_page_shows(page: Path, shell: Callable[[str], str]) -> None:
    """Line by line: pages show excerpts of long answers, in order, whatever the widths are."""
    text = page.read_text()
    if "gymnasium:" in text:
        pytest.importorskip("gymnasium", reason="the extra `gymnasium` is not installed")
    if "eqsolve plot" in text:
        pytest.importorskip("matplotlib", reason="the extra `plot` is not installed")
    for line, want in shell_session(page):
        got = shell(line)
        assert "Error: " not in got, f"$ {line}\n{got}"
        printed = iter(" ".join(row.split()) for row in got.splitlines())
        for row in filter(None, (" ".join(row.split()) for row in want.splitlines())):
            assert row in printed, f"$ {line}\n{row!r} is not what comes next in\n{got}"


def test_every_kind_has_one_page_to_which_the_home_page_can_lead() -> None:
    from eqsolve.registry import BUILT_IN

    pages = [page.read_text() for page in MARKDOWN if page.parent.name == "families"]
    for family in BUILT_IN:
        said = (
            f"The kind is `{family.kind}`, the class {{py:class}}`eqsolve.{family.instance_class}`"
        )
        assert sum(said in text for text in pages) == 1, family.kind


def test_every_verb_has_a_page_and_all_pages_have_the_same_parts() -> None:
    from eqsolve.cli.__main__ import VERBS

    assert {page.stem for page in RUNS} == set(VERBS)
    for page in RUNS:
        heads = re.findall(r"^#.*", page.read_text(), flags=re.M)
        assert heads == [f"# `eqsolve {page.stem}`", *PARTS_OF_A_VERB], page.stem
