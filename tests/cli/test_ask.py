"""Side questions: every one is listed, answered and rechecked; wrong answers never leave."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from click.testing import CliRunner, Result

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.cli.__main__ import OLD_VERBS, main
from eqsolve.core.errors import CertificateError, OptionError, UnsupportedError
from eqsolve.core.limits import Deadline, Limits
from eqsolve.core.method import missing_packages, obstacle
from eqsolve.core.question import Answer, Means, Question
from eqsolve.core.report import ReportBuilder
from eqsolve.core.tolerances import EXACT
from eqsolve.registry import BUILT_IN, get_family

PAIRS = [(family.kind, name) for family in BUILT_IN for name in family.questions]
OPTIONS = {
    ("model_market", "basins"): ["starts=5"],
    ("model_market", "entry"): ["steps=5", "starts=1"],
    ("model_market", "paradox"): ["tries=5"],
    ("model_market", "sweep"): ["values=1,2"],
    ("collusion_dynamics", "sweep"): ["size=1,2"],
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(part) for part in arguments])


@pytest.mark.parametrize(("kind", "question"), PAIRS)
def test_every_question_is_answered_and_rechecked(kind: str, question: str, tmp_path: Path) -> None:
    asked = get_family(kind).questions[question]()
    if missing := missing_packages(type(asked)):
        pytest.skip(f"{' and '.join(missing)}: not installed")
    names = [f"catalog:{name}" for name in catalog_names(kind)]
    name = next(name for name in names if obstacle(asked, eqsolve.load(name)) is None)
    options = [part for text in OPTIONS.get((kind, question), []) for part in ("--option", text)]
    target = tmp_path / "answer.json"
    shown = run("ask", question, name, *options, "-o", target)
    assert shown.exit_code == 0, shown.stderr
    document = json.loads(target.read_text())
    assert document["eqsolve"] == 1
    assert (document["kind"], document["question"]) == (kind, question)
    assert document["instance"]["sha256"] == eqsolve.load(name).digest
    if question not in ("sweep", "paradox"):
        assert document["check"]["valid"]
        assert "verified: " in shown.stdout
    again = json.loads(run("ask", question, name, *options, "--json").stdout)
    assert {**document, "wall_time": 0} == {**again, "wall_time": 0}


@pytest.mark.parametrize("family", BUILT_IN, ids=lambda family: family.kind)
def test_questions_of_a_kind_are_listed(family: Any) -> None:
    assert family.questions
    shown = run("methods", family.kind).stdout
    listed = json.loads(run("methods", family.kind, "--questions", "--json").stdout)[family.kind]
    assert [entry["name"] for entry in listed] == list(family.questions)
    for question in family.questions.values():
        assert question.name in shown
        assert question.summary in shown
        assert question.source


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["tip", "catalog:one-courier-with-tips"], "did you mean 'tips'?"),
        (["tips", "catalog:horse-market"], "'assignment_market' has no question 'tips'"),
        (["demand", "catalog:horse-market", "--option", "price=1"], "did you mean 'prices'?"),
        (["demand", "catalog:horse-market", "--option", "prices=1,2"], "has length 2, expected 8"),
        (["dynamics", "catalog:matching-pennies", "--option", "start=0.5,1"], "no whole number"),
        (["sweep", "catalog:dominant-type", "--option", "over=beta"], "which values of beta?"),
        (["potential", "catalog:matching-pennies", "absent.json"], "absent.json"),
        (["demand", "catalog:horse-market", "--time-limit", "0"], "time limit = 0.0"),
    ],
)
def test_unusable_questions_are_one_line(arguments: list[str], words: str) -> None:
    shown = run("ask", *arguments)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert words in shown.stderr
    assert len(shown.stderr.splitlines()) == 1


@pytest.mark.parametrize(("question", "option"), [("basins", "starts"), ("paradox", "tries")])
def test_a_question_obeys_the_time_limit(question: str, option: str) -> None:
    market = "catalog:generalist-and-specialist"
    options = ["--option", f"{option}=1000000000", "--time-limit", "0.3", "--json"]
    started = time.monotonic()
    shown = run("ask", question, market, *options)
    assert shown.exit_code == 0
    assert json.loads(shown.stdout)["limit"] == "time"
    assert time.monotonic() - started < 20


def test_a_solution_goes_only_with_a_question_about_one(tmp_path: Path) -> None:
    found = tmp_path / "found.json"
    assert run("solve", "catalog:matching-pennies", "-o", found, "-q").exit_code == 0
    shown = run("ask", "potential", "catalog:matching-pennies", found)
    assert shown.exit_code == 2
    assert "not about a solution" in shown.stderr


@pytest.mark.parametrize("verb", OLD_VERBS)
def test_old_verbs_say_what_to_use_now_and_no_list_shows_them(verb: str) -> None:
    name = {"compare": "one-courier-with-tips", "effects": "two-known-sellers"}[verb]
    question = {"compare": "tips", "effects": "welfare_effects"}[verb]
    shown = run(verb, f"catalog:{name}", "--json")
    assert shown.exit_code == 0
    assert f"eqsolve ask {question}" in shown.stderr
    assert json.loads(shown.stdout)["question"] == question
    assert verb not in run("--help").stdout


def test_the_library_asks_as_the_command_line_does() -> None:
    market = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
    answer = eqsolve.ask(market, "demand", prices=[3, 1])
    assert [wanted.tolist() for wanted in answer.value] == [[0, 1], [0]]
    assert answer.check is not None
    assert answer.check.valid
    assert "verified" in str(answer)
    assert "<table>" in answer._repr_html_()
    same = eqsolve.ask(market, "demand", prices=np.array([3, 1]))
    assert same.to_dict()["demand"] == answer.to_dict()["demand"]
    game = eqsolve.NormalFormGame([[[1, 2], [3, 4]]])
    for start in (["a", 0], [0.5, 0], [np.inf, 0], "ab"):
        with pytest.raises(OptionError, match="start"):
            eqsolve.ask(game, "dynamics", start=start)
    with pytest.raises(OptionError, match="no question"):
        eqsolve.ask(market, "tips")
    with pytest.raises(OptionError, match="seed"):
        eqsolve.ask(market, "demand", seed=-1)
    with pytest.raises(UnsupportedError, match="at most 20000 fit"):
        eqsolve.ask(eqsolve.ModelMarket(np.eye(9), np.ones(9), 99), "sinks")


def test_an_answer_that_fails_its_check_is_not_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from eqsolve.families.normal_form_game.questions.named import AskSinks

    def lie(self: Any, *arguments: Any) -> Answer:
        builder = ReportBuilder(EXACT, 1.0)
        builder.require("sinks.closed", "it holds", ["it does not"])
        return Answer(value=None, sentence="", fields={}, check=builder.finish())

    monkeypatch.setattr(AskSinks, "answer", lie)
    game = eqsolve.NormalFormGame([[0]])
    with pytest.raises(CertificateError, match="it does not"):
        eqsolve.ask(game, "sinks")


def test_a_question_may_define_ask_itself() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Older(Question[eqsolve.NormalFormGame]):
        name: ClassVar[str] = "older"
        summary: ClassVar[str] = "what `ask` was given"

        def ask(
            self,
            instance: eqsolve.NormalFormGame,
            deadline: Deadline,
            rng: np.random.Generator,
            result: eqsolve.Result[Any] | None = None,
        ) -> Answer:
            return Answer(value=(deadline, result), sentence="", fields={})

    deadline = Deadline(Limits())
    answer = eqsolve.ask(eqsolve.NormalFormGame([[0]]), Older(), deadline=deadline)
    assert answer.value == (deadline, None)


MEANS = Means(Deadline(), np.random.default_rng(0))


def test_rechecks_obey_the_clock() -> None:
    from eqsolve.families.combinatorial_auction.questions import named as auctions
    from eqsolve.families.model_market.questions import named as models
    from eqsolve.families.normal_form_game.questions import named as games

    deadline = Deadline()
    deadline.cancel()
    late = Means(deadline, np.random.default_rng(0))
    game = eqsolve.NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    market = eqsolve.ModelMarket([[4, 1], [2, 3], [3, 3]], weights=[1, 1], n_platforms=2)
    auction = eqsolve.load("catalog:" + catalog_names("combinatorial_auction")[0])
    reports = {
        "gains of": games.AskPotential(potential="ordinal").answer(game, late).check,
        "each elimination": games.AskDominance().answer(game, late).check,
        "each mover": games.AskDynamics(start=[0, 0]).answer(game, late).check,
        "leaves the components": games.AskSinks().answer(game, late).check,
        "gains by its switch": models.AskDynamics().answer(market, late).check,
        "leaves a component": models.AskSinks().answer(market, late).check,
        "a best one": auctions.AskDemand().answer(auction, late).check,
    }
    for claim, report in reports.items():
        assert report is not None
        assert report.valid  # late is not wrong
        assert any(claim in left and "time limit" in left for left in report.unchecked), claim


def test_rechecks_of_games_catch_wrong_answers() -> None:
    from eqsolve.families.normal_form_game.questions import named
    from eqsolve.families.normal_form_game.questions.dominance import Elimination, dominance
    from eqsolve.families.normal_form_game.questions.dynamics import response_path
    from eqsolve.families.normal_form_game.questions.potential import potential

    prisoners = eqsolve.NormalFormGame.from_bimatrix([[-1, -3], [0, -2]], [[-1, 0], [-3, -2]])
    found = potential(prisoners)
    assert named._recheck_potential(prisoners, found, MEANS).valid
    assert found.values is not None
    wrong = replace(found, values=found.values + np.array([[0, 0], [0, 1]]))
    assert not named._recheck_potential(prisoners, wrong, MEANS).valid
    ranks = potential(prisoners, kind="ordinal")
    assert ranks.values is not None
    assert named._recheck_potential(prisoners, ranks, MEANS).valid
    assert not named._recheck_potential(
        prisoners, replace(ranks, values=-ranks.values), MEANS
    ).valid
    pennies = eqsolve.NormalFormGame([[[1, -1], [-1, 1]], [[-1, 1], [1, -1]]])
    for kind in ("exact", "ordinal", "generalized_ordinal"):
        cycle = potential(pennies, kind=kind)  # type: ignore[arg-type]
        assert named._recheck_potential(pennies, cycle, MEANS).valid
        assert not named._recheck_potential(prisoners, cycle, MEANS).valid
    left = dominance(prisoners)
    assert named._recheck_dominance(prisoners, left, MEANS).valid
    turned = replace(left, rounds=((Elimination(0, 1, 0),),), surviving=((0,), (0, 1)))
    assert not named._recheck_dominance(prisoners, turned, MEANS).valid
    assert not named._recheck_dominance(
        prisoners, replace(left, surviving=((0,), (1,))), MEANS
    ).valid
    path = response_path(prisoners, (0, 0))
    assert named._recheck_path(prisoners, path, MEANS).valid
    assert not named._recheck_path(
        prisoners, replace(path, profiles=path.profiles[::-1]), MEANS
    ).valid


def test_rechecks_of_markets_catch_wrong_answers() -> None:
    from eqsolve.families.assignment_market.questions import named as assignment
    from eqsolve.families.model_market.questions import named as models
    from eqsolve.families.model_market.questions.optimum import social_optimum
    from eqsolve.families.trading_network.questions import named as trading
    from eqsolve.families.trading_network.questions.fee_curve import fee_curve
    from eqsolve.families.trading_network.questions.welfare import welfare_effects

    goods = eqsolve.AssignmentMarket([[5, 3], [4, 1]])
    prices = np.array([3, 1])
    sets = eqsolve.demand_sets(goods, prices)
    assert assignment._recheck_demand(goods, prices, sets).valid
    assert not assignment._recheck_demand(goods, prices, (sets[0], sets[0])).valid
    assert not assignment._recheck_demand(goods, prices, (sets[1], sets[1])).valid
    solution = eqsolve.solve(goods).require()
    payments = assignment._recheck_payments(goods, solution)
    assert payments is not None
    assert payments.valid
    more = replace(solution, vcg_payments=solution.vcg_payments + 1)
    assert not assignment._recheck_payments(goods, more).valid  # type: ignore[union-attr]
    market = eqsolve.ModelMarket([[4, 1], [2, 3], [3, 3]], weights=[1, 1], n_platforms=2)
    best = social_optimum(market)
    assert models._recheck_optimum(market, best, MEANS).valid
    for lie in ({"bound": 3.0}, {"welfare": 4.0}, {"models": (0, 1, 2)}, {"models": (1, 2)}):
        low = {"welfare": 3.5, "bound": 3.5, **lie}
        assert not models._recheck_optimum(market, replace(best, **low), MEANS).valid, lie
    network = eqsolve.TradingNetwork([[5, 3], [4, 1]], known=[(0, 0), (1, 0)])
    curve = fee_curve(network)
    assert trading._recheck_curve(network, curve).valid
    assert not trading._recheck_curve(network, replace(curve, points=curve.points[::-1])).valid
    assert not trading._recheck_curve(network, replace(curve, welfare_full=9)).valid
    effects = welfare_effects(network, eqsolve.solve(network).require())
    assert trading._recheck_effects(network, effects).valid
    assert not trading._recheck_effects(network, replace(effects, full=6)).valid
    assert not trading._recheck_effects(network, replace(effects, without=4)).valid
