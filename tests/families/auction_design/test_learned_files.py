"""Learned menus as a user meets them: files and commands, with torch and without."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve import AuctionDesign
from eqsolve.cli.__main__ import main
from eqsolve.core import method as methods

FEW = {"entries": 450, "atoms": 2, "start": "bids", "steps": 40, "choose_draws": 200}
"""Options of a menu that is large enough for an archive and soon learned."""


def cats_file(path: Path, items: int = 20, bidders: int = 60) -> Path:
    """Write a CATS file in which bidders want two bundles each, either of them."""
    rng = np.random.default_rng(1)
    lines = [f"goods {items}", f"bids {2 * bidders}", f"dummy {bidders}", ""]
    for bid in range(2 * bidders):
        bundle = np.flatnonzero(rng.random(items) < 0.3).tolist() or [0]
        price = round(float(len(bundle) * rng.uniform(5, 15)), 2)
        lines.append("\t".join(map(str, [bid, price, *bundle, items + bid // 2, "#"])))
    path.write_text("\n".join(lines) + "\n")
    return path


def command(*arguments: str) -> Any:
    return CliRunner().invoke(main, list(arguments))


@pytest.mark.parametrize("method", ["menu", "bundleflow"])
def test_without_torch_the_extra_and_other_methods_are_named(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = AuctionDesign(2, [{"world": {"kind": "regions", "seed": 1}}])
    eqsolve.save(design, tmp_path / "design.json")
    found = methods.find_spec
    monkeypatch.setattr(methods, "find_spec", lambda name: None if name == "torch" else found(name))
    done = command("solve", str(tmp_path / "design.json"), "--method", method)
    assert done.exit_code == 2
    assert "needs torch" in done.stderr
    assert "pip install torch" in done.stderr
    assert "grand_bundle" in done.stderr
    assert "tariff" in done.stderr
    assert "bundleflow," not in done.stderr


NO_TORCH = """
import sys
sys.modules["torch"] = None
from eqsolve.cli.__main__ import main
status = main(sys.argv[1:], standalone_mode=False)
heavy = {"torch", "numba", "ortools", "cvxpy", "networkx"} & {
    name for name, module in sys.modules.items() if module is not None
}
print("loaded", sorted(heavy))
sys.exit(status or 0)
"""


@pytest.mark.learn
def test_from_a_cats_file_to_a_menu_that_is_verified_without_torch(tmp_path: Path) -> None:
    bids = cats_file(tmp_path / "bids.txt")
    design, solution = str(tmp_path / "market.json"), str(tmp_path / "menu.json")
    assert command("convert", str(bids), design, "--option", "as=samples").exit_code == 0
    options = [part for key, value in FEW.items() for part in ("--option", f"{key}={value}")]
    flow = ["--option", "flow_steps=20"]
    done = command(
        "solve", design, "--method", "bundleflow", *options, *flow, "--seed", "1", "-o", solution
    )
    assert done.exit_code == 0, done.output
    document = json.loads(Path(solution).read_text())
    assert document["status"] == "feasible"
    assert set(document["baselines"]) == {"grand_bundle", "item_prices", "tariff", "size_prices"}
    assert document["training"]["steps"] == FEW["steps"]
    assert document["revenue"] > 0
    shown = subprocess.run(
        [sys.executable, "-c", NO_TORCH, "verify", design, solution],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr
    assert "valid" in shown.stdout
    assert "loaded []" in shown.stdout
    document["revenue"] *= 1.01
    Path(solution).write_text(json.dumps(document))
    assert command("verify", design, solution).exit_code == 1


@pytest.mark.learn
def test_a_learned_menu_goes_through_an_archive_of_plain_arrays(tmp_path: Path) -> None:
    design = AuctionDesign(50, [{"world": {"kind": "arbitrary", "seed": 1}}])
    result = eqsolve.design(
        design, method="menu", draws=1000, report_draws=500, baselines=False, seed=1,
        **{**FEW, "atoms": 4},
    )  # fmt: skip
    mechanism = result.solution.mechanism
    eqsolve.save_mechanism(mechanism, tmp_path / "menu.json")
    (name,) = (path for path in tmp_path.iterdir() if path.suffix == ".npz")
    with np.load(name, allow_pickle=False) as archive:
        assert {array.dtype.kind for array in archive.values()} <= set("buif")
    again = eqsolve.load_mechanism(tmp_path / "menu.json")
    for part in ("bundles", "weights", "prices"):
        assert (getattr(again.menus[0], part) == getattr(mechanism.menus[0], part)).all()
    types = design.laws[0].sample(np.random.default_rng(0), 20)
    one, other = (eqsolve.play(menu, types) for menu in (mechanism, again))
    assert (one.payments == other.payments).all()

    document = json.loads((tmp_path / "menu.json").read_text())
    reference = document["mechanism"]["menus"][0]["arrays"]
    del reference["sha256"]
    np.savez(name, bundles=np.array([{}], dtype=object))
    (tmp_path / "menu.json").write_text(json.dumps(document))
    with pytest.raises(eqsolve.FormatError, match="Python objects"):
        eqsolve.load_mechanism(tmp_path / "menu.json")
    reference["file"] = f"../{name.name}"
    (tmp_path / "menu.json").write_text(json.dumps(document))
    with pytest.raises(eqsolve.FormatError, match="stay inside the folder"):
        eqsolve.load_mechanism(tmp_path / "menu.json")
