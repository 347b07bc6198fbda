"""Foreign files become designs, mechanisms go through files of their own, menus become lists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import eqsolve
from eqsolve import AuctionDesign
from eqsolve.cli.__main__ import main
from eqsolve.families.auction_design.convert import CatsSamples, DrawsCsv
from eqsolve.families.auction_design.solution.mechanism import Menu, SequentialMechanism, State
from eqsolve.families.auction_design.solve import design as solved

CATS = "goods 3\nbids 3\ndummy 1\n\n0\t5\t0\t3\t#\n1\t7.5\t0\t1\t3\t#\n2\t2\t2\t#\n"


def test_cats_files_are_samples_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(CATS)
    target = tmp_path / "a.json"
    runner = CliRunner()
    done = runner.invoke(main, ["convert", str(path), str(target), "--option", "as=samples"])
    assert done.exit_code == 0, done.output
    design = eqsolve.load(target)
    assert isinstance(design, AuctionDesign)
    assert (design.n_items, design.laws[0].n_types) == (3, 2)
    for option in ("as=auction", None):
        more = ["--option", option] if option else []
        done = runner.invoke(main, ["convert", str(path), str(target), *more])
        assert done.exit_code == 0
        assert isinstance(eqsolve.load(target), eqsolve.CombinatorialAuction)


def test_an_empty_cats_file_has_no_draws(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("goods 3\nbids 0\ndummy 0\n")
    with pytest.raises(eqsolve.FormatError, match="at least one bid"):
        list(CatsSamples().read(path))


def test_real_cats_files(real_data: Path, tmp_path: Path) -> None:
    """All files, through the command line, solved and proved."""
    paths = sorted((real_data / "cats").glob("*.txt"))
    assert paths
    runner = CliRunner()
    for path in paths:
        target = tmp_path / f"{path.stem}.json"
        asked = ["convert", str(path), str(target), "--option", "as=samples"]
        done = runner.invoke(main, asked)
        assert done.exit_code == 0, done.output
        design = eqsolve.load(target)
        assert isinstance(design, AuctionDesign)
        assert len(design.laws) == 1
        law = design.laws[0]
        result = solved(design, method="lp", baselines=False, time_limit=60)
        assert result.status.value == "solved", path
        assert result.check.valid
        welfare = float(law.probabilities @ law.valuations.greatest())
        assert result.objective <= welfare + 1e-6 * design.scale


def test_draws_of_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("draw,apples,pears\n1,2,3\n2,4,0.5\n")
    design = next(DrawsCsv().read(path))
    assert design.labels["items"] == ("apples", "pears")
    assert design.laws[0].valuations.values.tolist() == [[2, 3], [4, 0.5]]
    path.write_text("probability,apples\n3,2\n1,4\n")
    design = next(DrawsCsv(valuation="unit_demand").read(path))
    assert design.laws[0].probabilities.tolist() == [0.75, 0.25]
    path.write_text("draw,apples\n1,two\n2\n")
    with pytest.raises(eqsolve.FormatError, match="line 3: must have 2 cells"):
        list(DrawsCsv().read(path))


def big_menu() -> SequentialMechanism:
    rng = np.random.default_rng(0)
    bundles = rng.random((300, 2, 50)) < 0.4
    weights = np.full((300, 2), 0.5)
    return SequentialMechanism(50, (0,), (Menu(State(), bundles, weights, rng.random(300)),))


def test_a_large_menu_lies_in_an_archive_beside_its_file(tmp_path: Path) -> None:
    mechanism = big_menu()
    eqsolve.save_mechanism(mechanism, tmp_path / "menu.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["menu.0.npz", "menu.json"]
    again = eqsolve.load_mechanism(tmp_path / "menu.json")
    assert (again.menus[0].bundles == mechanism.menus[0].bundles).all()
    assert (again.menus[0].prices == mechanism.menus[0].prices).all()


def test_archives_that_are_not_to_be_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    eqsolve.save_mechanism(big_menu(), folder / "menu.json")
    document = json.loads((folder / "menu.json").read_text())
    reference = document["mechanism"]["menus"][0]["arrays"]

    def refused(words: str) -> None:
        (folder / "menu.json").write_text(json.dumps(document))
        with pytest.raises(eqsolve.FormatError, match=words):
            eqsolve.load_mechanism(folder / "menu.json")

    (tmp_path / "menu.0.npz").write_bytes((folder / "menu.0.npz").read_bytes())
    reference["file"] = "../menu.0.npz"
    refused("stay inside the folder")
    reference |= {"file": "menu.0.npz", "sha256": "0" * 64}
    refused("another SHA-256")
    del reference["sha256"]
    np.savez(folder / "menu.0.npz", bundles=np.array([{}], dtype=object))
    refused("Python objects")
    (folder / "menu.0.npz").write_bytes(b"nothing")
    refused("not a plain .npz")
    reference["file"] = "other.npz"
    refused("no such file")


def test_solutions_with_large_menus_go_through_files(tmp_path: Path) -> None:
    from dataclasses import replace

    from eqsolve import Result, Stats, Status
    from eqsolve.io.verification import verify_file

    design = AuctionDesign(50, [{"world": {"kind": "regions", "seed": 1}}])
    found = solved(design, method="grand_bundle", report_draws=500, draws=200, baselines=False)
    mechanism = big_menu()
    eqsolve.save(design, tmp_path / "design.json")
    told = eqsolve.revenue(mechanism, design, 500, found.solution.report_seed)
    solution = replace(
        found.solution, mechanism=mechanism, revenue=told.revenue, welfare=told.welfare,
        bidder_utilities=told.utilities, revenue_interval=told.interval,
    )  # fmt: skip
    claim = Result(
        status=Status.FEASIBLE, stats=Stats(method="x"), solution=solution, objective=told.revenue
    )
    eqsolve.save_solution(design, claim, tmp_path / "solution.json")
    assert (tmp_path / "solution.mechanism.menus.0.arrays.npz").exists()
    assert verify_file(str(tmp_path / "design.json"), str(tmp_path / "solution.json")).valid
    inline = json.loads(json.dumps(_document(design, claim)))
    from eqsolve.io.verification import verify_document

    assert verify_document(design, inline).valid


def _document(design: AuctionDesign, claim: Any) -> dict[str, Any]:
    from eqsolve.io.solutions import solution_document

    return solution_document(design, claim)


def test_menus_are_price_lists() -> None:
    rows = [(2, [4, 1]), (2, [1, 4]), (3, [3, 3])]
    types = [{"probability": w, "unit_demand": v} for w, v in rows]
    design = AuctionDesign(2, [{"types": types}], labels={"items": ["A", "B"]})
    lines = eqsolve.price_list(design, solved(design, strict=0).solution).splitlines()
    assert lines[0] == "bidder,left,entry,probability,items,price"
    assert lines[1].startswith("bidder 0,any,0,1.0,A,")
    two = AuctionDesign(2, [{"types": types, "count": 2}])
    direct = solved(two, mechanism="bic").solution
    with pytest.raises(eqsolve.OptionError, match="direct"):
        eqsolve.price_list(two, direct)


def test_playing_reads_types_in_several_forms() -> None:
    types = [{"probability": 1, "additive": [v, v]} for v in (1, 3)]
    design = AuctionDesign(2, [{"types": types}])
    mechanism = solved(design, method="grand_bundle").solution.mechanism
    forms: list[Any] = [
        [{"additive": [3, 3]}, {"bids": [[[0], 1]]}],
        [[{"additive": [3, 3]}, {"unit_demand": [1, 1]}]],
        np.array([[3.0, 3.0], [1.0, 0.0]]),
        np.array([[0.0, 3.0, 3.0, 6.0], [0.0, 1.0, 0.0, 1.0]]),
    ]
    for form in forms:
        played = eqsolve.play(mechanism, form)
        assert played.payments.tolist() == [[6.0], [0.0]]
        assert played.bundles[0, 0].tolist() == [True, True]
    with pytest.raises(eqsolve.InstanceError, match="no types over 2 items"):
        eqsolve.play(mechanism, np.ones((2, 3)))
    direct = solved(design, method="lp", mechanism="bic").solution.mechanism
    assert eqsolve.play(direct, np.array([[0], [1]])).payments.shape == (2, 1)
    with pytest.raises(eqsolve.OptionError, match="no profile"):
        eqsolve.play(direct, np.array([[7]]))
