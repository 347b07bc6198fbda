"""What the README shows passes strict type checkers: the modules in tests/typing are its lines."""

from __future__ import annotations

import ast
import doctest
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from eqsolve.registry import BUILT_IN

ROOT = Path(__file__).resolve().parents[1]
TYPING = ROOT / "tests" / "typing"
PAGES = {
    "readme": ROOT / "README.md",
    "tutorial": ROOT / "docs" / "tutorial" / "first-equilibrium.md",
}


def as_module(page: Path) -> str:
    """Return the Python examples of a page as a module; what they show is assigned."""
    text = page.read_text().replace("```", "")
    lines = []
    for number, example in enumerate(doctest.DocTestParser().get_examples(text)):
        (statement,) = ast.parse(example.source).body
        prints = example.source.startswith("print(")
        shows = isinstance(statement, ast.Expr) and example.want and not prints
        lines.append((f"shown_{number} = " if shows else "") + example.source)
    return "".join(lines)


@pytest.mark.parametrize("name", PAGES)
def test_the_module_that_make_types_checks_is_what_the_page_shows(name: str) -> None:
    docstring, *checked = ast.parse((TYPING / f"{name}.py").read_text()).body
    assert isinstance(docstring, ast.Expr)
    shown = ast.parse(as_module(PAGES[name])).body
    assert list(map(ast.dump, checked)) == list(map(ast.dump, shown))


OF_A_KIND = """def {kind}(instance: eqsolve.{instance}) -> None:
    result = eqsolve.solve(instance)
    claimed = eqsolve.load_solution("solution.json", instance)
    assert_type(result, eqsolve.Result[eqsolve.{solution}])
    assert_type(result.require(), eqsolve.{solution})
    assert_type(claimed.require(), eqsolve.{solution})
    assert_type(result["Ann"]["price"], Any)
"""


def test_the_solution_of_every_kind_is_typed() -> None:
    written = ast.parse((TYPING / "kinds.py").read_text()).body
    checked = [ast.dump(part) for part in written if isinstance(part, ast.FunctionDef)]
    expected = [
        OF_A_KIND.format(
            kind=family.kind, instance=family.instance_class, solution=family.solution_class
        )
        for family in BUILT_IN
    ]
    assert checked == [ast.dump(ast.parse(text).body[0]) for text in expected]


def test_pyright_is_content_as_well(tmp_path: Path) -> None:
    pyright = shutil.which("pyright")
    if pyright is None:
        pytest.skip("pyright is not installed (pip install 'pyright[nodejs]')")
    names = [path.name for path in TYPING.glob("*.py")]
    for name in names:
        shutil.copy(TYPING / name, tmp_path)
    settings = {"include": ["."], "strict": ["."], "extraPaths": [str(ROOT)]}
    config = tmp_path / "pyrightconfig.json"
    config.write_text(json.dumps(settings))
    done = subprocess.run(
        [pyright, "-p", str(config), "--pythonpath", sys.executable, "--outputjson"],
        capture_output=True,
        text=True,
    )
    told = json.loads(done.stdout)
    assert told["summary"]["filesAnalyzed"] == len(names)
    assert [entry["message"] for entry in told["generalDiagnostics"]] == []
