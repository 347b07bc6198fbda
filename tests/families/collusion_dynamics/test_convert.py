"""Logs of prices: estimates with intervals, and every way in which a log says nothing."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import InstanceError, OptionError, calibrate, load
from eqsolve.cli.__main__ import main
from eqsolve.families.collusion_dynamics.calibration import from_counts

HEAD = "seller_1,seller_2\n"


def convert(path, target, *options):
    texts = [part for text in options for part in ("--option", text)]
    return CliRunner().invoke(main, ["convert", str(path), str(target), *texts])


def log(rng, rounds, rho, theta, profits=False):
    latent = rng.random(rounds) < theta
    high = latent[:, None] == (rng.random((rounds, 2)) < rho)
    lines = ["seller_1,seller_2" + (",profit_1,profit_2" if profits else "")]
    for a, b in high.tolist():
        row = [2.0 if a else 1.5, 1.9 if b else 1.4]
        if profits:
            pay = {(1, 1): (0.34, 0.34), (1, 0): (0.12, 0.37), (0, 1): (0.37, 0.12)}
            row += pay.get((int(a), int(b)), (0.22, 0.22))
        lines.append(",".join(map(str, row)))
    return "\n".join(lines) + "\n", high


def test_a_log_becomes_an_instance(tmp_path):
    text, high = log(np.random.default_rng(3), 4000, 0.9, 0.7, profits=True)
    path, target = tmp_path / "log.csv", tmp_path / "model.json"
    path.write_text(text)
    shown = convert(path, target, "from=price_log", "nash=1.47", "monopoly=1.92")
    assert shown.exit_code == 0, shown.stderr
    model = load(target)
    found = calibrate(high.astype(int))
    assert model.fidelity == found.fidelity
    assert model.start.tolist() == [found.propensity]
    assert model.high.tolist() == pytest.approx([0.12, 0.34])
    assert model.low.tolist() == pytest.approx([0.22, 0.37])
    low, up = found.fidelity_interval
    assert low < 0.9 < up
    assert found.propensity_interval[0] < 0.7 < found.propensity_interval[1]


def test_intervals_cover_what_they_should():
    rng = np.random.default_rng(11)
    rho, theta, hits = 0.85, 0.6, np.zeros(2)
    both = theta * rho**2 + (1 - theta) * (1 - rho) ** 2
    mixed = 2 * rho * (1 - rho)
    for counts in rng.multinomial(500, [both, mixed, 1 - both - mixed], 400).tolist():
        found = from_counts(*counts)
        hits[0] += found.fidelity_interval[0] <= rho <= found.fidelity_interval[1]
        hits[1] += found.propensity_interval[0] <= theta <= found.propensity_interval[1]
    assert (hits >= 0.92 * 400).all()
    assert (hits <= 0.985 * 400).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + "1,2\n,2\n", "line 3: seller_1 is missing"),
        (HEAD + "1,2\n\n1,1\n", "line 3: the round is missing"),
        (HEAD + "1,2\n1\n", "line 3 = '1': has 1 entries, expected 2"),
        (HEAD + "1,x\n", "line 2 = 'x': seller_2 must be a number"),
        ("seller_1\n1\n2\n", "two sellers, no more, no less"),
        ("seller_1,seller_2,seller_3\n1,2,1\n", "two sellers, no more, no less"),
        ("seller_1,seller_1,seller_2\n1,2,1\n", "a column stands twice"),
        ("seller_1,seller_2,profit_1\n1,2,1\n", "must have both profit_1 and profit_2"),
        (HEAD + "2,2\n" * 30, "are constant: every price is high"),
        (HEAD + "1,2\n" * 30, "30 of 30 rounds are mixed, k = 0.5 > 1/4"),
        (HEAD + "1,2\n2,2\n1,1\n2,1\n", "the fidelity may be 1/2"),
        (HEAD, "there are no rounds"),
    ],
)
def test_logs_that_say_nothing_are_named(text, words, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    shown = convert(path, tmp_path / "m.json", "from=price_log", "high=1.5", "ratio=1.5")
    assert shown.exit_code == 2
    assert words in shown.stderr
    assert "bad.csv" in shown.stderr


def test_payoffs_must_come_from_somewhere(tmp_path):
    text, _ = log(np.random.default_rng(5), 300, 0.9, 0.5)
    path = tmp_path / "log.csv"
    path.write_text(text)
    shown = convert(path, tmp_path / "m.json", "from=price_log", "high=1.7")
    assert shown.exit_code == 2
    assert "give ratio= for the payoffs" in shown.stderr
    shown = convert(path, tmp_path / "m.json", "high=1.7", "ratio=1.5", "from=price_log")
    assert shown.exit_code == 0
    assert load(tmp_path / "m.json").ratio == 1.5
    shown = convert(path, tmp_path / "m.json", "from=price_log")
    assert shown.exit_code == 2
    assert "needs nash= and monopoly=" in shown.stderr
    paid = HEAD.strip() + ",profit_1,profit_2\n" + "2,2,1,1\n" * 30 + "1,1,0,0\n" * 30
    path.write_text(paid)
    shown = convert(path, tmp_path / "m.json", "from=price_log", "high=1.7")
    assert "no round shows a high price beside a low one" in shown.stderr


def test_arrays_that_say_nothing():
    with pytest.raises(InstanceError, match="one seller"):
        calibrate([[1], [0]])
    with pytest.raises(InstanceError, match="a number is missing here"):
        calibrate([[1, None], [0, 1]])
    with pytest.raises(InstanceError, match="must be 0 and 1"):
        calibrate([[1.5, 1], [0, 1]])
    with pytest.raises(OptionError, match="high = 'x'"):
        calibrate([[1.5, 1], [0, 1]], high="x")
    alike = calibrate([[1, 1]] * 5 + [[0, 0]] * 5)
    assert (alike.fidelity, alike.propensity) == (1.0, 0.5)
    open_ = calibrate([[1, 1], [0, 0], [1, 0], [0, 1]])
    assert (open_.fidelity, open_.propensity) == (0.5, None)
