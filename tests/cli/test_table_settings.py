"""`--table KEY=VALUE` says how a table is read, in every verb that opens instances."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import eqsolve
from eqsolve.batch.store import Store
from eqsolve.cli.__main__ import main
from eqsolve.core.errors import FormatError, OptionError

DOUBTFUL = "who;mill;manor;spare\nAnn;1,234;2,345;9\nBob;3,456;1,111;9\n"
KIND = ("--kind", "assignment_market")
TABLE = (*KIND, "--table", "decimal=comma", "--table", "skip=spare", "--table", "reserves=1")
MARKET = eqsolve.AssignmentMarket(
    [[1.234, 2.345], [3.456, 1.111]],
    [1, 1],
    labels={"buyers": ["Ann", "Bob"], "sellers": ["mill", "manor"]},
)


def run(*words: Any) -> Result:
    """Run the command line in this process."""
    return CliRunner().invoke(main, list(map(str, words)))


@pytest.fixture
def doubtful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a table that is read only where its decimals are said."""
    monkeypatch.chdir(tmp_path)
    path = Path("t.csv")
    path.write_text(DOUBTFUL)
    return path


def test_every_verb_takes_the_same_settings(doubtful: Path) -> None:
    unsaid = run("solve", doubtful, *KIND)
    assert (unsaid.exit_code, "say decimal=comma or decimal=point" in unsaid.stderr) == (2, True)
    solved = run("solve", doubtful, *TABLE, "--option", "prices=min", "-o", "s.json")
    assert solved.exit_code == 0, solved.output
    assert solved.stderr.startswith("t: read as a matrix of 2 buyers and 2 sellers")
    result = eqsolve.load_solution("s.json", MARKET)
    assert eqsolve.verify(MARKET, result).valid
    assert result.stats.options["prices"] == "min"
    verified = run("verify", doubtful, "s.json", *TABLE)
    assert (verified.exit_code, "decimal comma" in verified.stderr) == (0, True)
    assert run("verify", doubtful, "s.json", *TABLE[:-2]).exit_code == 1  # other reserves
    asked = run("ask", "lattice", doubtful, *TABLE, "--json", "-q")
    assert (asked.exit_code, MARKET.digest in asked.stdout) == (0, True)
    piped = CliRunner().invoke(main, ["solve", "-", *TABLE, "--json"], input=DOUBTFUL)
    assert json.loads(piped.stdout)["objective"] == result.objective
    settings = [word for word in TABLE[2:] if "=" in word]
    for number, words in enumerate(
        (
            TABLE,
            ("--option", "kind=assignment_market", *(w for s in settings for w in ("--option", s))),
            (*KIND, "--option", settings[0], "--table", settings[1], "--option", settings[2]),
        )
    ):
        made = run("convert", doubtful, f"{number}.json", *words)
        assert made.exit_code == 0, made.output
        assert eqsolve.load(f"{number}.json") == MARKET
    written = run("convert", "0.json", "again.csv")
    assert written.stdout.splitlines()[-1] == "read it with --kind assignment_market"


def test_pictures_of_tables_take_them_too(doubtful: Path) -> None:
    pytest.importorskip("matplotlib")
    assert run("plot", doubtful, *TABLE, "--list").exit_code == 0
    assert run("plot", doubtful, *KIND, "--list").exit_code == 2  # whose decimals nobody says


def test_the_library_takes_the_same_settings(doubtful: Path) -> None:
    settings = {"decimal": "comma", "skip": "spare", "reserves": 1}
    market = eqsolve.load(doubtful, kind="assignment_market", name="fair", **settings)
    assert (market, market.labels, market.name) == (MARKET, MARKET.labels, "fair")
    (again,) = eqsolve.convert(doubtful, kind="assignment_market", **settings)
    assert (again, again.metadata) == (market, market.metadata)
    report = eqsolve.batch(
        doubtful, "run.sqlite", kind="assignment_market", table=settings, jobs=1, prices="max"
    )
    assert (report.progress.done, report.document["items"]) == (1, 1)


def test_a_batch_reads_all_its_tables_so(doubtful: Path) -> None:
    store = Path("run.sqlite")
    words = ("batch", doubtful, "--store", store, "--jobs", 1)
    assert run(*words, *KIND).exit_code == 1
    done = run(*words, *TABLE)
    assert "1 instance: 0 were known, 1 answered now" in done.stdout
    assert "1 instance: 1 were known" in run(*words, *TABLE).stdout
    other = run(*words, *KIND, "--table", "decimal=point", "--table", "skip=spare")
    assert "1 instance: 0 were known, 1 answered now" in other.stdout
    with Store(store, read_only=True) as opened:
        (row,) = opened.rows()
        assert row["objective"] == 2345 + 3456
        assert " ".join(TABLE) in [run["command"] for run in opened.runs()][-2]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (("--table", "decimal=comma"), "--table decimal: says how a table is read; add --kind"),
        ((*KIND, "--table", "decimal"), "--table 'decimal': must have the form KEY=VALUE"),
        ((*KIND, "--table", "skip=a", "--table", "skip=b"), "--table skip: given twice"),
        ((*KIND, "--table", "kind=fisher_market"), "--table kind: the kind is said by --kind"),
        ((*KIND, "--table", "decimal=komma"), "option decimal = 'komma': must be point or comma"),
        ((*KIND, "--table", "decimal=comma", "--table", "seperator=tab"),
         "no option 'seperator'; did you mean 'separator'?"),
        ((*KIND, "--table", "decimal=comma", "--table", "from=orlib"), "no option 'from'"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_setting_is_named(doubtful: Path, words: Any, rule: str) -> None:
    for verb in ("solve", "batch", "convert"):
        end = {"solve": (), "batch": ("--store", "r.sqlite", "--jobs", 1), "convert": ("o.json",)}
        refused = run(verb, doubtful, *end[verb], *words)
        if verb == "convert" and "from=orlib" in words:
            continue  # where it chooses the converter
        assert refused.exit_code == (1 if "option" in rule and verb == "batch" else 2)
        assert rule in refused.output
    assert not Path("o.json").exists()


def test_a_setting_in_both_words_is_refused(doubtful: Path) -> None:
    for option in ("decimal=point", "kind=fisher_market"):
        refused = run("convert", doubtful, "o.json", *TABLE, "--option", option)
        assert refused.exit_code == 2
        assert f"--option {option.partition('=')[0]}: given by --" in refused.stderr


def test_settings_without_a_kind_are_refused_by_the_library(doubtful: Path) -> None:
    with pytest.raises(OptionError, match="'decimal': says how a table is read; add kind=KIND"):
        eqsolve.load(doubtful, decimal="comma")
    with pytest.raises(OptionError, match="says how tables are read; add kind=KIND"):
        eqsolve.batch(doubtful, "run.sqlite", table={"decimal": "comma"})
    with pytest.raises(FormatError, match="say decimal=comma or decimal=point"):
        eqsolve.load(doubtful, kind="assignment_market", skip="spare")
