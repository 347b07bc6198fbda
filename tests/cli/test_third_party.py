"""Families of other packages: one that works is like ours, broken ones are a line each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2]
SCRIPT = """
import json, sys
from click.testing import CliRunner
from eqsolve.cli.__main__ import main
shown = [CliRunner().invoke(main, arguments) for arguments in json.load(sys.stdin)]
json.dump([[one.exit_code, one.stdout, one.stderr] for one in shown], sys.stdout)
"""


class Shown(NamedTuple):
    status: int
    out: str
    err: str


class Installed:
    """A folder with packages, and the command line as it is with them on Python's path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[str, str] = {}

    def install(self, name: str, target: str, **modules: str) -> None:
        """Write a package's metadata as pip would, and its modules."""
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[eqsolve.families]\n{name} = {target}\n")
        for module, text in modules.items():
            (self.folder / f"{module}.py").write_text(text)

    @property
    def environment(self) -> dict[str, str]:
        paths = (self.folder, HERE.parents[1] / "third_party", ROOT)
        return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}

    def run(self, *commands: list[Any]) -> list[Shown]:
        """Run several commands in one process."""
        texts = json.dumps([[str(part) for part in command] for command in commands])
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], input=texts, capture_output=True, text=True,
            cwd=self.folder, env=self.environment, check=True, timeout=240,
        )  # fmt: skip
        return [Shown(*entry) for entry in json.loads(done.stdout)]


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    folder = tmp_path / "site"
    folder.mkdir()
    return Installed(folder)


BROKEN = {
    "needs_absent": ("needs_absent:FAMILY", "ModuleNotFoundError: No module named 'absent_thing'"),
    "raises": ("raises:FAMILY", "ZeroDivisionError: division by zero"),
    "leaves": ("leaves:FAMILY", "SystemExit: 3"),
    "no_row": ("no_row:FAMILY", "no_row:FAMILY is a dict, no Family"),
    "no_name": ("no_row:ABSENT", "has no attribute 'ABSENT'"),
    "fisher_market": ("taken:FAMILY", "the kind 'fisher_market' is taken"),
    "late": ("row:FAMILY", "ImportError: it breaks when it is used"),
    "hollow": ("hollow_row:FAMILY", "ModuleNotFoundError: No module named 'hollow.solve'"),
    "junk": ("junk_row:FAMILY", "holds 1, which is no "),
}
"""Entry point -> where it leads, and what is said of it."""
JUNK = {
    "solve": "METHODS", "theorems": "THEOREMS", "convert": "CONVERTERS", "questions": "QUESTIONS",
    "generate": "RECIPES", "bench": "CASES", "pictures": "PICTURES", "files": "FIELDS",
}  # fmt: skip
"""Rooms of a package that hold numbers where they should hold methods, theorems, ..."""
MODULES = {
    "needs_absent": "import absent_thing",
    "raises": "FAMILY = 1 / 0",
    "leaves": "import sys\nsys.exit(3)",
    "no_row": "FAMILY = {}",
    "taken": "from eqsolve.registry import Family\n"
    "FAMILY = Family('fisher_market', 'A', 'B', 'Taken', package='taken')",
    "row": "from eqsolve.registry import Family\n"
    "FAMILY = Family('late', 'A', 'B', 'Late', package='late_package')",
    "hollow_row": "from eqsolve.registry import Family\n"
    "FAMILY = Family('hollow', 'A', 'B', 'Hollow', package='hollow')",
    "junk_row": "from eqsolve.registry import Family\n"
    "FAMILY = Family('junk', 'A', 'B', 'Junk', package='junk')",
    "late_package": "raise ImportError('it breaks\\nwhen it is used')",
}


@pytest.fixture
def broken(installed: Installed) -> Installed:
    for place, (name, (target, _)) in enumerate(BROKEN.items()):
        installed.install(name, target, **(MODULES if place == 0 else {}))
    (installed.folder / "hollow").mkdir()
    (installed.folder / "hollow" / "__init__.py").write_text("")
    junk = installed.folder / "junk"
    junk.mkdir()
    (junk / "__init__.py").write_text("")
    for room, name in JUNK.items():
        (junk / f"{room}.py").write_text(f"{name} = (1, 2)\n")
    installed.install("lone_seller", "lone_seller:FAMILY")
    return installed


@pytest.mark.slow
def test_a_family_from_outside_is_one_like_ours(installed: Installed, tmp_path: Path) -> None:
    installed.install("lone_seller", "lone_seller:FAMILY")
    market = tmp_path / "market.json"
    fields = {"eqsolve": 1, "kind": "lone_seller", "values": [4, 9, 7]}
    market.write_text(json.dumps({**fields, "labels": {"buyers": ["Ann", "Bob", "Cleo"]}}))
    (tmp_path / "list.txt").write_text("LONE\n4\n9\n")
    solution, store = tmp_path / "solution.json", tmp_path / "run.sqlite"
    shown = installed.run(
        ["solve", market, "-o", solution, "--option", "price=greatest"],
        ["verify", market, solution],
        ["solve", "catalog:two-bidders", "--json"],
        ["plot", market, solution, "-o", tmp_path / "bars.png"],
        ["generate", "lone_seller", "--count", 3, "-o", tmp_path / "many"],
        ["batch", tmp_path / "many", "--store", store, "--jobs", 1, "--json"],
        ["results", store, "--csv", tmp_path / "run.csv", "--json"],
        ["convert", tmp_path / "list.txt", "-"],
        ["theorems", "LONE-1", "--examples", 20, "--json"],
        ["bench", "lone", "--quick", "--json"],
        ["methods", "lone_seller"],
        ["ask", "margin", market, "--option", "factor=10", "--json"],
        ["cite", "ranking"],
        ["schema", "lone_seller"],
        ["doctor", "--json"],
    )
    assert [(entry.status, entry.err) for entry in shown] == [(0, "")] * len(shown)
    solve, verify, catalog, _, _, batch, results, convert, theorems, bench, listed, *rest = shown
    assert "Bob gets the item for 9" in solve.out
    assert "valid: " in verify.out
    assert json.loads(catalog.out)["price"] == 3
    assert (tmp_path / "bars.png").stat().st_size > 1000
    assert json.loads(batch.out)["states"] == json.loads(results.out)["states"] == {"done": 3}
    assert json.loads(convert.out)["values"] == [4, 9]
    assert json.loads(theorems.out)["findings"][0]["verdict"] == "holds"
    assert {row["outcome"] for row in json.loads(bench.out)["measurements"]} == {"ok"}
    assert "least | greatest" in listed.out
    assert "by how much the winner leads" in listed.out
    assert json.loads(rest[0].out)["margin"] == 20
    assert "Vickrey" in rest[1].out
    assert json.loads(rest[2].out)["properties"]["kind"] == {"const": "lone_seller"}
    assert json.loads(rest[3].out)["checks"]["lone_seller"].startswith("ok (two-bidders: solved")


def test_a_method_that_needs_an_extra_says_what_to_install(
    installed: Installed, tmp_path: Path
) -> None:
    installed.install("lone_seller", "lone_seller:FAMILY")
    market, store = tmp_path / "market.json", tmp_path / "run.sqlite"
    market.write_text(json.dumps({"eqsolve": 1, "kind": "lone_seller", "values": [4]}))
    solve, batch, methods, listed, doctor, told = installed.run(
        ["solve", market, "--method", "crystal_ball"],
        ["batch", market, "--store", store, "--jobs", 1, "--method", "crystal_ball", "--json"],
        ["methods", "lone_seller"],
        ["methods", "--json"],
        ["doctor", "--json"],
        ["doctor"],
    )
    install = "pip install crystal_ball 'lone[tea]'"
    reason = f"it needs crystal_ball and tea_leaves, not installed here; {install}"
    assert (solve.status, solve.out) == (2, "")
    assert reason in solve.err
    assert len(solve.err.splitlines()) == 1
    assert batch.status == 1
    assert reason in json.loads(batch.out)["troubles"][0]["reason"]
    assert "tea_leaves (pip install 'lone[tea]')" in methods.out
    *_, ball = json.loads(listed.out)["lone_seller"]
    assert ball["missing"] == {"crystal_ball": "crystal_ball", "tea_leaves": "lone[tea]"}
    assert doctor.status == told.status == 0
    extras = json.loads(doctor.out)["extras"]
    assert [entry["method"] for entry in extras if entry["kind"] == "lone_seller"] == [
        "crystal_ball"
    ]
    assert f"not installed: {install}" in told.out


def test_a_broken_converter_from_outside_is_one_line(installed: Installed, tmp_path: Path) -> None:
    installed.install("lone_seller", "lone_seller:FAMILY", **BROKEN_CONVERTER)
    (installed.folder / "clumsy").mkdir()
    (installed.folder / "clumsy" / "__init__.py").write_text("")
    (installed.folder / "clumsy" / "convert.py").write_text(BROKEN_CONVERTER["clumsy_convert"])
    installed.install("clumsy", "clumsy_row:FAMILY")
    ours, unknown, listed = (tmp_path / name for name in ("ours.txt", "unknown.txt", "list.txt"))
    ours.write_text("LONE\n4\n9\n")
    unknown.write_text("a b\n")
    listed.write_text("LONE\n4\nnine\n")
    told = "; converter 'clumsy' is broken: IndexError: it knows no files"
    shown = installed.run(
        ["solve", ours, "-q"],
        ["solve", unknown],
        ["convert", unknown, "-"],
        ["convert", unknown, "-", "--option", "from=clumsy"],
        ["convert", listed, "-"],
    )
    assert (shown[0].status, shown[0].err) == (0, "")  # what others recognize stays theirs
    for entry in shown[1:]:
        assert entry.status == 2
        assert len(entry.err.splitlines()) == 1
    assert f"format not recognized{told}" in shown[1].err
    assert f"format not recognized{told}" in shown[2].err
    assert "converter 'clumsy' is broken: KeyError: 'values'" in shown[3].err
    assert "converter 'lone_list' is broken: ValueError: invalid literal" in shown[4].err


BROKEN_CONVERTER = {
    "clumsy_row": "from eqsolve.registry import Family\n"
    "FAMILY = Family('clumsy', 'A', 'B', 'Clumsy', package='clumsy')",
    "clumsy_convert": """
from dataclasses import dataclass
from eqsolve.core.converter import Converter

@dataclass(frozen=True, slots=True, kw_only=True)
class Clumsy(Converter):
    name = "clumsy"
    summary = ""
    kind = "clumsy"

    def recognizes(self, path):
        raise IndexError("it knows\\nno files")

    def read(self, path):
        yield {}["values"]

CONVERTERS = (Clumsy,)
""",
}


def test_each_broken_family_is_one_line_and_the_others_go_on(
    broken: Installed, tmp_path: Path
) -> None:
    market = tmp_path / "fisher.json"
    fields = {"eqsolve": 1, "kind": "fisher_market", "utilities": [[1]], "budgets": [1]}
    market.write_text(json.dumps(fields))
    commands: list[list[Any]] = [
        ["methods", "--json"],
        ["methods"],
        ["cite", "ranking"],
        ["theorems", "--list"],
        ["convert", "--list"],
        ["bench", "--from", tmp_path / "absent.json"],
        ["batch", market, "--store", tmp_path / "run.sqlite", "--jobs", 1],
    ]
    shown = broken.run(*commands, ["doctor", "--json"], ["solve", market])
    assert [entry.status for entry in shown] == [0, 0, 0, 0, 0, 2, 0, 1, 0]
    for command, entry in zip(commands, shown, strict=False):
        lines = [line for line in entry.err.splitlines() if line.startswith("eqsolve: kind ")]
        told = dict(BROKEN)
        if command[0] in ("theorems", "convert", "bench"):
            del told["hollow"]  # to have no theorems, converters or cases is no fault
        assert len(lines) == len(told), command
        for _, words in told.values():
            assert sum(words in line for line in lines) == 1, (command, words)
    assert list(json.loads(shown[0].out))[:2] == ["assignment_market", "fisher_market"]
    assert "lone_seller" in json.loads(shown[0].out)
    checks = json.loads(shown[-2].out)["checks"]
    assert checks["fisher_market"].startswith("ok")
    assert sum(not outcome.startswith("ok") for outcome in checks.values()) == len(BROKEN)


def test_an_instance_of_a_broken_kind_fails_alone_in_a_batch(
    broken: Installed, tmp_path: Path
) -> None:
    folder = tmp_path / "items"
    folder.mkdir()
    (folder / "late.json").write_text(json.dumps({"eqsolve": 1, "kind": "late", "values": [1]}))
    (folder / "lone.json").write_text(
        json.dumps({"eqsolve": 1, "kind": "lone_seller", "values": [1]})
    )
    store = tmp_path / "run.sqlite"
    (shown,) = broken.run(["batch", folder, "--store", store, "--jobs", 1, "--json"])
    assert shown.status == 1
    document = json.loads(shown.out)
    assert document["states"] == {"done": 1, "failed": 1}
    assert "kind 'late' cannot be used" in document["troubles"][0]["reason"]


@pytest.mark.parametrize("verb", ["solve", "methods", "generate", "schema"])
def test_a_broken_kind_is_unusable_input(broken: Installed, tmp_path: Path, verb: str) -> None:
    instance = tmp_path / "late.json"
    instance.write_text(json.dumps({"eqsolve": 1, "kind": "late", "values": [1]}))
    name = instance if verb == "solve" else "late"
    more = ["-o", tmp_path / "out.jsonl"] if verb == "generate" else []
    (shown,) = broken.run([verb, name, *more])
    assert shown == (
        2, "", "eqsolve: kind 'late' cannot be used: ImportError: it breaks when it is used\n"
    )  # fmt: skip


def test_completion_offers_what_works(broken: Installed) -> None:
    words = {
        "COMP_WORDS": "eqsolve cite r",
        "COMP_CWORD": "2",
        "_EQSOLVE_COMPLETE": "bash_complete",
    }
    done = subprocess.run(
        [sys.executable, "-c", "from eqsolve.cli.__main__ import main; main(prog_name='eqsolve')"],
        capture_output=True, text=True, env={**broken.environment, **words}, timeout=60,
    )  # fmt: skip
    assert "ranking" in done.stdout
    assert done.stderr == ""


HEAVY = ("scipy", "numba", "ortools", "cvxpy", "networkx", "matplotlib", "pandas", "torch")


def test_listing_what_exists_imports_no_solver_and_solving_ours_no_stranger(
    broken: Installed, tmp_path: Path
) -> None:
    market = tmp_path / "market.json"
    market.write_text(json.dumps({"eqsolve": 1, "kind": "assignment_market", "values": [[1]]}))
    code = f"""
import sys
from click.testing import CliRunner
from eqsolve.cli.__main__ import main
CliRunner().invoke(main, ["solve", {str(market)!r}])
print([name for name in ("lone_seller", "no_row") if name in sys.modules])
for name in [name for name in sys.modules if name.split(".")[0] in {HEAVY}]:
    del sys.modules[name]
for arguments in (["methods"], ["methods", "lone_seller"], ["convert", "--list"],
                  ["theorems", "--list"], ["cite", "ranking"], ["generate", "late", "--list"]):
    CliRunner().invoke(main, arguments)
print([name for name in {HEAVY} if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env=broken.environment, timeout=120,
    )  # fmt: skip
    assert done.stdout == "[]\n[]\n"
