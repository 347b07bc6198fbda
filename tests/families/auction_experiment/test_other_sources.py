"""Bid histories, decisions of people and exports of oTree as records."""

from __future__ import annotations

from pathlib import Path

import pytest

from eqsolve.core.errors import FormatError, OptionError
from eqsolve.families.auction_experiment.convert import BidHistories, HumanBids, OTree
from eqsolve.families.auction_experiment.report import auction_report
from eqsolve.families.auction_experiment.solution import ExperimentRecord

HISTORY = """auctionid,bid,bidtime,bidder,bidderrate,openbid,price
1,10,0.5,ann,3,1,21
1,20,1.25,bob,0,1,21
1,30,6.5,ann,3,1,21
2,5,0.1,eve,1,5,5
"""


def whats(record: ExperimentRecord) -> list[str]:
    assert record.source is not None
    return [fault["what"] for fault in record.source["faults"]]


def written(folder: Path, text: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_bid_histories_are_proxy_auctions_without_values(tmp_path: Path) -> None:
    path = written(tmp_path, HISTORY)
    assert BidHistories().recognizes(path)
    record = BidHistories(increment=1).record(path)
    plan = record.experiment
    assert plan.proxy is not None
    assert (plan.n_bidders, plan.sessions, plan.proxy.periods) == (2, 2, 7 * 24)
    first, second = record.rounds
    assert first.periods is not None
    moves = [(m.period, m.bidder, m.bid, m.price, m.leader) for m in first.periods]
    assert moves == [(12, 0, 10, 0, 0), (30, 1, 20, 11, 1), (156, 0, 30, 21, 0)]
    assert (first.winner, first.price, first.bids) == (0, 21, (30, 20))
    assert first.profits == (None, 0)
    assert (second.winner, second.price, second.bids) == (0, 5, (5, None))
    assert whats(record) == ["closing price 5, by the rules it is 0"]
    timing = auction_report(record).treatments[0].timing
    assert timing is not None
    assert timing.times.tolist() == [156, 2]


def test_other_names_and_faults_of_histories_are_told(tmp_path: Path) -> None:
    text = HISTORY.replace("auctionid", "Lot").replace("bidtime", "When")
    path = written(tmp_path, text + "1,15,6.9,ann,3,1,21\n1,40,9.0,bob,0,1,21\n")
    assert not BidHistories().recognizes(path)
    with pytest.raises(FormatError, match="lacks a column for auction, time"):
        BidHistories().record(path)
    record = BidHistories(auction="Lot", time="when", increment=1, days=7).record(path)
    assert "line 6: bid 15, the own maximum is 30" in whats(record)
    assert "line 7: a bid after the close" in whats(record)
    with pytest.raises(FormatError, match=r"line 2 = 'x': bid must be a number"):
        BidHistories().record(written(tmp_path, HISTORY.replace("1,10,", "1,x,"), "b.csv"))
    with pytest.raises(FormatError, match="cut off at byte"):
        BidHistories().record(written(tmp_path, HISTORY[:-9], "c.csv"))
    assert len(BidHistories(cut="keep").record(tmp_path / "c.csv").rounds) == 1
    with pytest.raises(OptionError, match="increment"):
        BidHistories(increment=0)


HUMAN = """"","sid","snb","bid","b2_bid","s1_rp","s2_rp","outcome","profit"
"1","ann","NC",4,NA,4.5,NA,"reject",0
"2","ann","SC",4.5,NA,3.5,6.8,"accept",5.5
"3","ann","BC",7.5,5.9,6.8,NA,"accept",2.5
"4","ann","BC",7,7.2,6.8,NA,"reject",0
"5","ann","BC",NA,3,6.8,NA,NA,NA
"6","bob","BC",7,7,6,NA,"reject",0
"""


def test_decisions_of_people_are_records_by_condition(tmp_path: Path) -> None:
    path = written(tmp_path, HUMAN)
    assert HumanBids().recognizes(path)
    alone, choice, rival = HumanBids().records(path)
    assert alone.experiment.n_bidders == choice.experiment.n_bidders == 1
    assert (alone.rounds[0].winner, alone.rounds[0].bids) == (None, (4,))
    assert (choice.rounds[0].winner, choice.rounds[0].price) == (0, 4.5)
    assert choice.rounds[0].profits == (5.5,)
    assert rival.experiment.n_bidders == 2
    assert [entry.winner for entry in rival.rounds] == [0, 1, None, 1]
    assert [entry.session for entry in rival.rounds] == [0, 0, 0, 1]
    assert rival.source is not None
    assert rival.source["reserves"] == [[6.8], [6.8], [6.8], [6]]
    assert whats(rival) == ["line 6: no decision was made"]
    (only,) = HumanBids(condition="SC").records(path)
    assert only == choice


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"NC",4', '"XX",4', "line 2 = 'XX': snb must be NC, SC, BC"),
        ("NC\",4,", "NC\",four,", "line 2 = 'four': bid must be a number"),
        ('"reject",0\n"2"', '"maybe",0\n"2"', "line 2 = 'maybe': outcome must be"),
        ("4.5,NA", "NA,NA", "line 2 = 'NA': s1_rp must be a number"),
        ('"profit"', '"gain"', "lacks the column 'profit'"),
    ],
)  # fmt: skip
def test_decisions_that_cannot_be_are_named(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in HUMAN
    with pytest.raises(FormatError, match=words):
        list(HumanBids().records(written(tmp_path, HUMAN.replace(old, new, 1))))


def test_the_human_study(real_data: Path) -> None:
    path = real_data / "action_in_auctions" / "data.csv"
    if not path.is_file():
        pytest.skip(f"no study at {path}")
    records = list(HumanBids().records(path))
    assert [len(record.rounds) for record in records] == [1052] * 3
    assert [len(record.experiment.label("bidders", 0)) > 0 for record in records] == [True] * 3
    bids = [
        [entry.bids[0] for entry in record.rounds if entry.bids[0] is not None]
        for record in records
    ]
    assert [f"{sum(own) / len(own):.2f}" for own in bids] == ["4.94", "4.24", "7.59"]
    assert sum(len(whats(record)) for record in records) == 337
    assert {len(record.sessions) for record in records} == {47}
    for record in records:
        for entry in record.rounds:
            if entry.winner == 0 and entry.bids[0] is not None and entry.profits[0] is not None:
                assert entry.profits[0] == pytest.approx(10 - entry.bids[0])


FIELDS = ("bid_amount", "value", "payoff", "is_winner", "id_in_group")


def otree(rounds: list[list[tuple[object, ...]]], group: int = 1, code: str = "s1") -> str:
    """Return a wide export of one group; entries are those of FIELDS by round and player."""
    names = ["participant.code", "session.code"]
    for r in range(1, len(rounds) + 1):
        names += [f"fp.{r}.player.{field}" for field in FIELDS]
        names.append(f"fp.{r}.group.id_in_subsession")
    lines = [",".join(names)]
    for player in range(len(rounds[0])):
        cells = [f"p{player}", code]
        for entries in rounds:
            cells += [*map(str, entries[player]), str(group)]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


ROUNDS: list[list[tuple[object, ...]]] = [
    [(5, 9, 4, 1, 1), (3, 7, 0, 0, 2)],
    [(2, 4, 0, 0, 2), (6, 8, 2.0, 1, 1)],
]


def test_wide_exports_are_records(tmp_path: Path) -> None:
    path = written(tmp_path, otree(ROUNDS))
    assert OTree().recognizes(path)
    record = OTree(format="first_price", low=0, high=10).record(path)
    plan = record.experiment
    assert (plan.rounds, plan.sessions, plan.n_bidders) == (2, 1, 2)
    assert plan.values is not None
    assert plan.values.tolist() == [[9, 7], [8, 4]]  # seats are numbers in the group
    assert [entry.bids for entry in record.rounds] == [(5, 3), (6, 2)]
    assert [entry.winner for entry in record.rounds] == [0, 0]
    assert [entry.profits for entry in record.rounds] == [(4, 0), (2, 0)]
    assert whats(record) == []
    second = OTree(format="second_price").record(path)
    assert [entry.price for entry in second.rounds] == [3, 2]
    assert whats(second) == ["payoff 4, by the rules it is 6", "payoff 2, by the rules it is 6"]
    bare = [[(*entry[:2], "", "", entry[4]) for entry in entries] for entries in ROUNDS]
    record = OTree(format="first_price").record(written(tmp_path, otree(bare), "bare.csv"))
    assert [entry.profits for entry in record.rounds] == [(4, 0), (2, 0)]
    wrong = [[(5, 9, 4, 0, 1), (3, 7, 0, 1, 2)]]
    record = OTree(format="first_price").record(written(tmp_path, otree(wrong), "wrong.csv"))
    assert "winners [1], by the rules it is 0" in whats(record)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "needs format="),
        ({"format": "first"}, "unknown format"),
        ({"format": "first_price", "app": "sp"}, "no app 'sp' has a field 'bid_amount'"),
        ({"format": "first_price", "bid": "offer"}, "apps with a field 'offer': none"),
        ({"format": "first_price", "common": "worth"}, "needs noise="),
    ],
)
def test_options_of_exports_are_named(tmp_path: Path, options: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        OTree(**options).record(written(tmp_path, otree(ROUNDS)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rounds", "words"),
    [
        ([[("x", 9, 4, 1, 1), (3, 7, 0, 0, 2)]], "round 1: bid_amount must be a number"),
        ([[(5, 9, 4, 1, 1), (3, 7, 0, 0, 1)]], "seat 1 of group 1 is taken"),
        ([[(5, 9, 4, 1, 0), (3, 7, 0, 0, 1)]], "id_in_group must be a whole number"),
        ([[("", "", "", "", ""), ("", "", "", "", "")]], "holds no round"),
        ([[(5, 9, 4, 1, 1), (3, 7, 0, 0, 2)], [(5, 9, 4, 1, 1), ("", "", "", "", "")]],
         r"groups differ in size: \[1, 2\]"),
    ],
)  # fmt: skip
def test_exports_that_cannot_be_are_named(
    tmp_path: Path, rounds: list[list[tuple[object, ...]]], words: str
) -> None:
    with pytest.raises(FormatError, match=words):
        OTree(format="first_price").record(written(tmp_path, otree(rounds)))
