"""Monotone networks by numpy: worth, nearest values and pairs, and what the verifier demands."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st
from scipy.optimize import nnls

from eqsolve import (
    CourseElicitation,
    Status,
    load,
    load_solution,
    save,
    save_solution,
    solve,
    verify,
)
from eqsolve.core import method
from eqsolve.core.archive import Archive
from eqsolve.core.errors import InstanceError, UnsupportedError
from eqsolve.core.report import Verdict
from eqsolve.families.course_elicitation.asking.menu import Menu, menus_of
from eqsolve.families.course_elicitation.generate import Small
from eqsolve.families.course_elicitation.instance import Mvnn
from eqsolve.families.course_elicitation.learning.learners import belief_of
from eqsolve.families.course_elicitation.learning.mvnn import MvnnBelief
from eqsolve.families.course_elicitation.learning.network import Network
from eqsolve.families.course_elicitation.learning.prior import Prior
from eqsolve.families.course_elicitation.mistakes import reports_of, stream
from eqsolve.families.course_elicitation.recording import kept_of, learned_market
from eqsolve.families.course_elicitation.solution import ElicitationRecord, Utilities, utilities_of

M = 4
BUNDLES = [[j for j in range(M) if mask >> j & 1] for mask in range(2**M)]
BUNDLES = [bundle for bundle in BUNDLES if len(bundle) <= 3 and not {1, 3} <= set(bundle)]
MENU = Menu(np.array([bundle + [-1] * (3 - len(bundle)) for bundle in BUNDLES]), M)
PAIRS = ((0, 2), (1, 3), (2, 3))


def networks(signs: bool = True) -> st.SearchStrategy[Network]:
    """Return networks over `MENU`, with courses of value 0, empty units and ties."""
    amount = st.sampled_from([0.0, 1.0, 5.0, 7.5])
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0])

    @st.composite
    def drawn(draw: st.DrawFn) -> Network:
        h = draw(st.integers(0, 3))
        deltas = np.array([draw(amount) * draw(st.sampled_from([1, -1])) for _ in PAIRS])
        values = np.array([draw(amount) for _ in range(M)])
        for pair, delta in zip(PAIRS, deltas, strict=True):
            values[list(pair)] += max(-delta, 0.0)
        return Network(
            values,
            PAIRS,
            deltas,
            np.array([[draw(share) for _ in range(M)] for _ in range(h)]).reshape(h, M),
            -np.array([draw(share) for _ in range(h)]),
            np.array([draw(amount) for _ in range(h)]),
        )

    return drawn()


def by_definition(network: Network, bundle: list[int]) -> float:
    """Return what a bundle is worth, course by course and unit by unit."""
    worth = sum(network.values[j] for j in bundle)
    for (a, b), delta in zip(network.pairs, network.deltas, strict=True):
        worth += delta if a in bundle and b in bundle else 0.0
    for inner, bias, height in zip(network.inner, network.bias, network.height, strict=True):
        worth += height * min(1.0, max(0.0, sum(inner[j] for j in bundle) + bias))
    return float(worth)


@given(networks())
def test_worth_is_the_definition_and_never_falls_with_another_course(network: Network) -> None:
    worth = network.worth(MENU)
    assert worth == pytest.approx([by_definition(network, bundle) for bundle in BUNDLES])
    for bundle in BUNDLES:
        for j in set(range(M)) - set(bundle):
            more = by_definition(network, sorted([*bundle, j]))
            assert more >= by_definition(network, bundle) - 1e-9


@given(networks())
@example(
    Network(
        np.zeros(4),
        PAIRS,
        np.array([0.0, 1.0, 0.0]),
        np.array([[0.0, 0.0, 0.0, 0.25]]),
        np.zeros(1),
        np.ones(1),
    )
)
def test_nearest_values_and_pairs_leave_least(network: Network) -> None:
    """Against non-negative least squares with pairs split into two parts of one sign each."""
    values, deltas = network.nearest(MENU)
    features = np.array(
        [[j in b for j in range(M)] + [p in b and q in b for p, q in PAIRS] for b in BUNDLES],
        dtype=float,
    )
    worth = network.worth(MENU)
    _, least = nnls(np.hstack([features, -features[:, M:]]), worth)
    assert (values >= 0).all()
    left = float(np.linalg.norm(features @ np.concatenate([values, deltas]) - worth))
    assert left == pytest.approx(least, abs=1e-6)
    # (1, 3) is in no permissible bundle: nothing is learned of it.
    assert deltas[1] == pytest.approx(network.deltas[1])


@pytest.mark.parametrize(
    ("deltas", "learned"), [([2.0, -3.0, 1.0], [9, 7, 5, 4]), ([2.0, -3.0, -7.0], [9, 7, 7, 10])]
)
def test_a_report_is_a_network_as_far_as_it_is_monotone(
    deltas: list[float], learned: list[float]
) -> None:
    """Course 3 alone is worth 4, and pairs take 10 from it: as a network it counts 10."""
    report = [(*pair, delta) for pair, delta in zip(PAIRS, deltas, strict=True)]
    prior = Prior.around(MENU, np.array([9.0, 7.0, 5.0, 4.0]), report, Mvnn(), 0.0)
    belief = MvnnBelief(prior, np.random.default_rng(0))
    values, pairs = belief.utilities()
    assert values.tolist() == learned
    assert pairs == report
    assert belief.mean().tolist() == prior.menu.worth(values, PAIRS, np.array(deltas)).tolist()
    # Draws are others, each of them monotone.
    worth = {tuple(bundle): value for bundle, value in zip(BUNDLES, belief.draw(
        np.random.default_rng(1)), strict=True)}  # fmt: skip
    assert worth[(0, 1)] != 16
    for bundle, value in worth.items():
        assert all(value >= worth.get(tuple(set(bundle) - {j}), 0.0) - 1e-9 for j in bundle)


def test_without_torch_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(method, "find_spec", lambda name: None)
    plan = Small(students=3, courses=4, queries=1, learner="mvnn").instance(0)
    with pytest.raises(UnsupportedError) as caught:
        solve(plan)
    assert "its learner is mvnn: it needs torch, not installed here; pip install torch" in str(
        caught.value
    )


def untrained(queries: int = 3, seed: int = 2) -> tuple[CourseElicitation, ElicitationRecord]:
    """Return a plan and a record whose networks are those of the reports, by numpy alone."""
    asked = solve(Small(students=4, courses=5, most=3, queries=queries).instance(seed)).require()
    bayes = asked.plan
    plan = CourseElicitation(
        bayes.market, noise=bayes.noise, queries=bayes.queries, seed=bayes.seed, learner="mvnn"
    )
    reports, menus = reports_of(plan), menus_of(plan.market)
    beliefs = [belief_of(plan, i, reports, menus[i]) for i in range(plan.n_students)]
    learned = utilities_of(learned_market(plan, beliefs))
    record = replace(
        asked,
        plan=plan,
        learned_utilities=learned,
        networks=kept_of(beliefs),
        learned=None,
        gain=None,
        gain_least=None,
    )
    return plan, record


def failed(plan: CourseElicitation, record: ElicitationRecord) -> list[str]:
    """Return what the verifier says of what was learned."""
    report = verify(plan, record)
    return [check.worst or "" for check in report.failures if check.id == "elicitation.learner"]


def test_networks_that_say_nothing_of_answers_are_not_proved() -> None:
    plan, record = untrained()
    report = verify(plan, record, recheck=["learner"])
    assert report.verdict is Verdict.NOT_PROVED
    agreeing = 0
    assert record.networks is not None
    for i, own in enumerate(record.queries):
        network = network_of(record, i)
        for query in own:
            first, second = (by_definition(network, list(bundle)) for bundle in query.bundles)
            agreeing += (second > first) == (query.answer == 1) or first == second
    assert report.unchecked == (
        f"that training leads to these networks; they agree with {agreeing} of 12 answers",
        "which pairs are asked about: it depends on networks in training",
    )


def network_of(record: ElicitationRecord, i: int) -> Network:
    """Return a student's network from the arrays of a record."""
    assert record.networks is not None
    pairs = tuple((a, b) for a, b, _ in record.reports.adjustments[i])
    own = {name: array[i] for name, array in record.networks.arrays.items()}
    return Network(**own | {"pairs": pairs, "deltas": own["deltas"][: len(pairs)]})


@pytest.mark.parametrize(
    ("name", "place", "value", "words"),
    [
        ("inner", (0, 1, 2), -0.25, "student 0: inner must be >= 0"),
        ("bias", (1, 0), 0.5, "student 1: bias must be <= 0"),
        ("height", (2, 3), -1.0, "student 2: height must be >= 0"),
        ("height", (2, 3), 30.0, "student 2: "),
        ("values", (3, 0), -2.0, "student 3: pairs take more from course 0 than it is worth"),
        ("values", (1, 4), 5e3, "student 1: course"),
    ],
)
def test_a_broken_network_is_named(
    name: str, place: tuple[int, ...], value: float, words: str
) -> None:
    plan, record = untrained()
    assert record.networks is not None
    assert not failed(plan, record)
    arrays = {key: np.array(array) for key, array in record.networks.arrays.items()}
    arrays[name][place] = value
    found = failed(plan, replace(record, networks=Archive(arrays)))
    assert found
    assert found[0].startswith(words)


def test_networks_that_pairs_make_fall_are_named() -> None:
    plan, record = untrained()
    assert record.networks is not None
    i = next(i for i, own in enumerate(record.reports.adjustments) if own)
    arrays = {key: np.array(array) for key, array in record.networks.arrays.items()}
    arrays["deltas"][i, 0] = -1e4
    found = failed(plan, replace(record, networks=Archive(arrays)))
    assert f"student {i}: pairs take more from course" in found[0]
    fewer = {**arrays, "deltas": arrays["deltas"][:, :0]}
    found = failed(plan, replace(record, networks=Archive(fewer)))
    assert "the network has 0 pairs" in found[0]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 3), st.integers(0, 4), st.sampled_from([0.01, -0.01, 5.0]))
def test_values_that_are_not_nearest_are_named(i: int, j: int, more: float) -> None:
    plan, record = PLAN_AND_RECORD
    told = record.learned_utilities
    row = list(told.values[i])
    row[j] += more
    values = (*told.values[:i], tuple(row), *told.values[i + 1 :])
    found = failed(plan, replace(record, learned_utilities=Utilities(values, told.adjustments)))
    assert found
    assert found[0].startswith(f"student {i}: ")


def test_pairs_that_are_not_nearest_or_missing_are_named() -> None:
    plan, record = PLAN_AND_RECORD
    told = record.learned_utilities
    i = next(i for i, own in enumerate(told.adjustments) if own)
    (a, b, delta), *rest = told.adjustments[i]
    for own in ([(a, b, delta + 0.01), *rest], rest, [*told.adjustments[i], (a, b, delta)]):
        pairs = (*told.adjustments[:i], tuple(own), *told.adjustments[i + 1 :])
        lie = replace(record, learned_utilities=Utilities(told.values, pairs))
        assert any(line.startswith(f"student {i}") for line in failed(plan, lie))


def test_networks_without_answers_are_those_of_the_report() -> None:
    plan, record = untrained(queries=0)
    assert verify(plan, record).verdict is Verdict.VALID
    assert record.networks is not None
    arrays = {key: np.array(array) for key, array in record.networks.arrays.items()}
    arrays["values"][1] += 1.0
    told = record.learned_utilities
    values = (told.values[0], tuple(v + 1.0 for v in told.values[1]), *told.values[2:])
    lie = replace(
        record, networks=Archive(arrays), learned_utilities=Utilities(values, told.adjustments)
    )
    assert failed(plan, lie) == [
        "student 1 answered nothing, and its network is not that of its report"
    ]


def test_networks_belong_to_this_learner_alone() -> None:
    plan, record = untrained()
    assert failed(plan, replace(record, networks=None)) == [
        "it has no networks, and the learner is mvnn"
    ]
    asked = solve(Small(students=4, courses=5, most=3, queries=3).instance(2)).require()
    assert failed(asked.plan, replace(asked, networks=record.networks)) == [
        "it has networks, and the learner is bayes"
    ]


def test_records_keep_networks_in_a_file_beside_them(tmp_path: Path) -> None:
    plan = Small(students=4, courses=5, most=3, queries=0, learner="mvnn").instance(2)
    save(plan, tmp_path / "plan.json")
    code = (
        "import sys\n"
        "import eqsolve.core.method as method\n"
        "method.find_spec = lambda name: True\n"
        "import eqsolve\n"
        "plan = eqsolve.load('plan.json')\n"
        "eqsolve.save_solution(plan, eqsolve.solve(plan), 'record.json')\n"
        "print('torch' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
    assert (tmp_path / "record.networks.npz").is_file()
    again = load(tmp_path / "plan.json")
    result = load_solution(tmp_path / "record.json", again)
    assert result.status is Status.SOLVED
    assert verify(again, result).verdict is Verdict.VALID
    assert result.require() == ElicitationRecord.from_dict(result.require().to_dict(), again)
    save_solution(again, result, tmp_path / "second.json")
    data = (tmp_path / "record.networks.npz").read_bytes()
    assert (tmp_path / "second.networks.npz").read_bytes() == data
    (tmp_path / "record.networks.npz").write_bytes(data[:-1] + b"x")
    with pytest.raises(InstanceError, match="SHA-256"):
        load_solution(tmp_path / "record.json", again)


def test_arrays_of_other_shapes_are_refused() -> None:
    plan, record = untrained()
    assert record.networks is not None
    whole = record.to_dict()
    for name, array in record.networks.arrays.items():
        arrays = dict(record.networks.arrays) | {name: array[:-1]}
        with pytest.raises(InstanceError, match="networks"):
            ElicitationRecord.from_dict(whole | {"networks": Archive(arrays)}, plan)
        fewer = {key: part for key, part in record.networks.arrays.items() if key != name}
        with pytest.raises(InstanceError, match="networks"):
            ElicitationRecord.from_dict(whole | {"networks": Archive(fewer)}, plan)


def test_a_student_has_the_same_numbers_wherever_it_stands() -> None:
    plan, _ = untrained()
    reports, menus = reports_of(plan), menus_of(plan.market)
    one = belief_of(plan, 2, reports, menus[2])
    draws = [belief_of(plan, 2, reports, menus[2]).draw(stream(1, 1, 2)) for _ in range(2)]
    assert draws[0].tolist() == draws[1].tolist() == one.draw(stream(1, 1, 2)).tolist()
    other = belief_of(plan, 1, reports, menus[1])
    assert other.kept()["inner"].tolist() != one.kept()["inner"].tolist()


PLAN_AND_RECORD = untrained()
