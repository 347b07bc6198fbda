"""Normal-form games with a principal: profiles, labels, exactness, and every real file."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from eqsolve import ContractGame, NormalFormGame, load, minimal_payments, solve
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import OptionError
from eqsolve.families.contract_game.convert import NormalForm
from eqsolve.io.converting import convert

DILEMMA = load("catalog:prisoners-dilemma")


def test_a_profile_is_paid_for_and_labels_are_kept():
    game = NormalForm(profile=(0, 0)).recast(DILEMMA)
    assert game.target.tolist() == [[[0, 0]]]
    assert game.action_label(0, 0) == "silent"
    assert solve(game).solution.cost_by_agent.tolist() == [0.75, 0.75]
    assert NormalForm().recast(DILEMMA).target is None


def test_the_command_line_finds_the_converter_by_its_option():
    run = lambda *rest: CliRunner().invoke(main, ["convert", *rest])  # noqa: E731
    shown = run("catalog:prisoners-dilemma", "-", "--option", "profile=1,1")
    assert shown.exit_code == 0
    assert '"target":[[1,1]]' in shown.stdout
    for option, words in (
        ("profile=0", "has 1 strategies, the game 2 players"),
        ("profile=0,2", r"profile[1] = 2: must be a strategy of second, 0 to 1"),
        ("profile=0,0.5", "0.5 is no whole number"),
        ("profil=0,0", "needs from=NAME"),
    ):
        shown = run("catalog:prisoners-dilemma", "-", "--option", option)
        assert (shown.exit_code, shown.stdout) == (2, "")
        assert words in shown.stderr
    shown = run("catalog:horse-market", "-", "--option", "from=normal_form_game")
    assert shown.exit_code == 2
    assert "is for kind 'normal_form_game', not 'assignment_market'" in shown.stderr


def test_rounded_payoffs_are_said():
    thirds = NormalForm().recast(NormalFormGame([[1], [2]], denominator=3))
    assert thirds.metadata["left_out"] == [
        "payoffs such as 1/3 are no decimals of 17 digits: the nearest ones are taken"
    ]
    assert "left_out" not in NormalForm().recast(NormalFormGame([[0.1], [2.5]])).metadata


def test_actions_have_names_of_their_own_number():
    with pytest.raises(ValueError, match="actions of agent 1"):
        ContractGame([[[3, 0], [5, 1]], [[3, 5], [0, 1]]], labels={"actions of agent 1": ["a"]})
    with pytest.raises(OptionError, match="has 3 strategies"):
        NormalForm(profile=(0, 0, 0)).recast(DILEMMA)


def test_real_files(real_data):
    files = sorted((real_data / "gambit_nfg").glob("*.nfg"))
    assert files
    free = 0
    for path in files:
        (game,) = convert(str(path), {"from": "normal_form_game"})
        cost, reference = solve(game).objective, solve(game, method="lp").objective
        assert cost == pytest.approx(reference, abs=1e-7 * max(1, game.scale))
        equilibria = solve(load(path)).solution
        for profile in [] if equilibria is None else equilibria.profiles[:4].tolist():
            assert minimal_payments(game, [profile]).objective == pytest.approx(0, abs=1e-9)
            free += 1
    assert free
