"""The command line on delivery markets."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from eqsolve.cli.__main__ import main


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(part) for part in arguments])


def test_compare_shows_who_gains() -> None:
    shown = run("compare", "catalog:one-courier-with-tips")
    assert shown.exit_code == 0, shown.output
    for words in ("no_equilibrium", "platform cash flow", "efficient welfare", "Tips, on orders"):
        assert words in shown.stdout
    document = json.loads(run("compare", "catalog:one-courier-no-tips", "--json").stdout)
    assert document["with_tips"]["welfare"] == 1
    assert document["without_tips"]["welfare"] is None
    assert document["tipped_orders"]


def test_compare_takes_settings_and_refuses_other_kinds() -> None:
    assert run("compare", "catalog:pickup-legs", "--option", "choose=least_tips").exit_code == 0
    assert run("compare", "catalog:pickup-legs", "--option", "chose=least_tips").exit_code == 2
    assert run("compare", "catalog:shapley-shubik-1971").exit_code == 2


def test_solve_and_verify(tmp_path: Path) -> None:
    out = tmp_path / "solution.json"
    shown = run("solve", "catalog:efficient-not-supported", "-o", out)
    assert shown.exit_code == 0, shown.output
    assert "efficient would be 5, which no equilibrium reaches" in shown.stdout
    document = json.loads(out.read_text())
    assert document["objective"] == document["bound"] == 3
    assert document["check"]["valid"]
    assert run("verify", "catalog:efficient-not-supported", out).exit_code == 0
    document["tips"][0][0] = 9
    out.write_text(json.dumps(document))
    refused = run("verify", "catalog:efficient-not-supported", out)
    assert refused.exit_code == 1
    assert "courier" in refused.stdout


def test_no_equilibrium_is_an_answer(tmp_path: Path) -> None:
    for name in ("forbidden-no-equilibrium", "one-courier-no-tips"):
        out = tmp_path / f"{name}.json"
        assert run("solve", f"catalog:{name}", "-o", out).exit_code == 0
        assert json.loads(out.read_text())["status"] == "no_equilibrium"
        assert run("verify", f"catalog:{name}", out).exit_code == 0


def test_generate(tmp_path: Path) -> None:
    folder = tmp_path / "markets"
    made = run(
        "generate", "delivery_market", "--option", "recipe=geometric", "--option", "buyers=4",
        "--count", 2, "-o", folder,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert len(list(folder.iterdir())) == 2
