"""Logs of others as records: as they were written, with everything that is wrong in them named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from eqsolve.core.converter import source_faults
from eqsolve.core.errors import FormatError, OptionError
from eqsolve.families.auction_experiment.convert import load_auction_logs
from eqsolve.families.auction_experiment.convert.cut import read_members
from eqsolve.families.auction_experiment.convert.seeds import drawn, seeds_of
from eqsolve.families.auction_experiment.convert.treatments import auction_of
from eqsolve.families.auction_experiment.solution import ExperimentRecord
from tests.families.auction_experiment.foreign import NAMES, played, write_run, write_session


def only(folder: Path, **options: object) -> ExperimentRecord:
    (record,) = load_auction_logs(folder, **options)
    return record


def faults(record: ExperimentRecord) -> list[str]:
    assert record.source is not None
    return [fault["what"] for fault in record.source["faults"]]


RIGHT = (
    played(0, [66, 31, 98], [60, 30, 90], 2, 60, plans=["a", "", "c"]),
    played(1, [59, 79, 4], [59, 59, 4], 1, 59),
)


def test_a_session_becomes_a_record_as_it_was_written(tmp_path: Path) -> None:
    write_session(tmp_path / "private_second_price", RIGHT)
    record = only(tmp_path)
    plan = record.experiment
    assert plan.name == "private_second_price"
    assert (plan.auction.format, plan.rounds, plan.sessions) == ("second_price", 2, 1)
    assert plan.labels["bidders"] == NAMES[:3]
    assert (plan.draws, plan.seed, plan.values) == ("python_random", 1399, None)
    assert [bidder.to_dict()["bids"] for bidder in plan.bidders] == [[60, 59], [30, 59], [90, 4]]
    first, second = record.rounds
    assert (first.values, first.bids) == ((66, 31, 98), (60, 30, 90))
    assert (first.winner, first.price) == (2, 60)
    assert (first.payments, first.profits, first.tie_draw) == ((0, 0, 60), (0, 0, 38), None)
    assert first.notes == ({"plan": "a"}, None, {"plan": "c"})
    assert (second.winner, second.tie_draw) == (1, None)  # of two equal bids; the lot is not told
    assert faults(record) == []
    assert record.source is not None
    assert record.source["files"] == ["result_2_2025-02-09_10-00-00-000000.json"]
    assert record == ExperimentRecord.from_dict(
        json.loads(json.dumps(record.to_dict())), record.experiment
    )


def changed(**changes: object) -> dict[str, object]:
    entry = json.loads(json.dumps(RIGHT[0]))
    entry.update(changes)
    return entry


def history(bids: list[object], winner: object = NAMES[2], price: object = 60) -> dict[str, object]:
    listed = [
        {"agent": NAMES[i], "bid": bid} if not isinstance(bid, dict) else bid
        for i, bid in enumerate(bids)
    ]
    return {"bidding history": listed, "winner": {"winner": winner, "price": price}}


@pytest.mark.parametrize(
    ("treatment", "entry", "words"),
    [
        ("spsb", changed(profit=[0, 0, 39]), ["profit 39, by the rules it is 38"]),
        ("spsb", changed(profit=[0, None, 38]), ["profit None, by the rules it is 0"]),
        ("spsb", changed(history=history([60, 30, 114])), ["bid 114 exceeds the cap 99"]),
        ("spsb", changed(history=history([60, 30.5, 90])), ["bid 30.5 is no multiple of 1"]),
        ("spsb", changed(history=history([60, -1, 90])), ["bid -1 is below 0"]),
        (
            "spsb", changed(history=history([60, 30, 90], price=61), profit=[0, 0, 37]),
            ["price 61, by the rules it is 60"],
        ),
        (
            "spsb", changed(history=history([60, 30, 90], NAMES[0]), profit=[6, 0, 0]),
            ["winner 0, by the rules it is 2"],
        ),
        (
            "spsb", changed(history=history([60, {"agent": "", "bid": 30}, 90])),
            ["only 2 of 3 bidders have a name: Bidder Andy, Bidder Charles"] ,
        ),
        ("spsb", changed(history=history([60, "thirty", 90])), ["the bid is no number"]),
        ("spsb", changed(value=[66, 131, 98]), ["type 131 lies outside 0 to 99"]),
        (
            "private_all_pay_one",
            changed(history=history([60, 30, 90], price=90), profit=[6, 1, 8]),
            ["profit 6, by the rules it is -60", "profit 1, by the rules it is -30"],
        ),
        (
            "private_third_price", changed(history=history([60, 30, 90]), profit=[0, 0, 38]),
            ["price 60, by the rules it is 30"],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_and_stays(
    tmp_path: Path, treatment: str, entry: dict[str, object], words: list[str]
) -> None:
    write_session(tmp_path / treatment, [entry])
    record = only(tmp_path)
    assert faults(record)[: len(words)] == words
    assert len(source_faults(record.experiment)) == len(faults(record))
    written = entry["profit"]
    assert list(record.rounds[0].profits) == written
    assert record.rounds[0].price == entry["history"]["winner"]["price"]  # type: ignore[index]


def test_a_bid_without_a_name_is_given_to_the_only_one_without_a_bid(tmp_path: Path) -> None:
    nameless = changed(history=history([60, {"bid": 30}, 90]))
    write_session(tmp_path / "spsb", [RIGHT[0], {**nameless, "round": 1}])
    record = only(tmp_path)
    assert record.rounds[1].bids == (60, 30, 90)
    assert faults(record) == ["the bid 30 has no name; only this one is without a bid"]
    two = changed(history=history([{"bid": 60}, {"bid": 30}, 90]))
    write_session(tmp_path / "spsb", [RIGHT[0], {**two, "round": 1}])
    record = only(tmp_path)
    assert record.rounds[1].bids == (None, None, 90)
    assert "has no bid" in faults(record)


def test_aborted_sessions_are_kept_or_dropped_and_named(tmp_path: Path) -> None:
    folder = tmp_path / "private_second_price"
    write_session(folder, RIGHT[:1], 0)
    auction = auction_of(folder.name, 3)
    types, _ = drawn(auction, 1400, 2)
    write_session(folder, [played(k, own, own, own.index(max(own)), sorted(own)[1])
                           for k, own in enumerate(types)], 1)  # fmt: skip
    kept, dropped = only(folder), only(folder, aborted="drop")
    assert (len(kept.rounds), kept.is_complete, kept.experiment.seed) == (3, False, 1399)
    assert faults(kept) == ["aborted after 1 of 2 rounds"]
    assert kept.source["faults"][0]["session"] == 0  # type: ignore[index]
    assert (len(dropped.rounds), dropped.is_complete, dropped.experiment.seed) == (2, True, 1400)
    assert faults(dropped) == ["aborted after 1 of 2 rounds; left out"]
    assert kept.experiment.bidders[0].to_dict()["bids"][1] is None


def test_types_without_a_seed_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "common_spsb_3"
    rounds = [played(k, [40, 50 + k, 60], [40, 50, 60], 2, 50, [0, 0, 5], 55) for k in range(2)]
    write_session(folder, rounds, 0)
    write_session(folder, rounds, 1)
    record = only(folder)
    plan = record.experiment
    assert plan.draws == "philox"
    assert plan.values is not None
    assert plan.values.tolist() == [[40, 50, 60], [40, 51, 60]] * 2
    assert plan.commons is not None
    assert plan.commons.tolist() == [55] * 4
    assert faults(record) == ["types are those of session 0"]
    write_session(folder, rounds[:1], 2)
    assert "the plan has zeros" in faults(only(folder))[-1]


def test_clocks_show_where_bidders_left(tmp_path: Path) -> None:
    entry = played(0, [22, 15, 30], [16, 14, 16], 2, 16, plans=["", "", ""])
    write_session(tmp_path / "affiliated_ac_closed", [entry])
    record = only(tmp_path)
    assert record.experiment.auction.format == "english_blind"
    assert record.experiment.auction.tick == "at_once"
    assert record.rounds[0].exits == (16, 14, None)
    assert faults(record) == ["all plans are empty texts"]
    sealed = played(0, [22, 15, 30], [16, 14, 28], 2, 16)
    write_session(tmp_path / "affiliated_ac_closed", [sealed])
    named = faults(only(tmp_path))
    assert named[0].startswith("no winner's bid is the final price: looks like sealed bids")
    assert named[1] == "the winner's bid is 28, and not the price"
    early = played(0, [22, 15, 30], [16, 14, 18], 2, 18)
    write_session(tmp_path / "affiliated_ac_closed", [early])
    assert faults(only(tmp_path)) == ["price 18, but the last to leave did so at 16"]


MOVES = ((0, 1, 40), (0, 0, 43), (0, 2, 42), (1, 1, None), (1, 0, 45), (1, 2, 42))


def test_proxy_auctions_become_rounds_with_periods(tmp_path: Path) -> None:
    folder = tmp_path / "ebay_proxy"
    write_run(folder, MOVES)
    record = only(folder, periods=2)
    plan = record.experiment
    assert plan.proxy is not None
    assert (plan.proxy.periods, plan.proxy.closing, plan.proxy.hidden_reserve) == (2, "hard", 0)
    (entry,) = record.rounds
    assert entry.periods is not None
    assert [move.price for move in entry.periods] == [0, 41, 43, 43, 43, 43]
    assert [move.leader for move in entry.periods] == [1, 0, 0, 0, 0, 0]
    assert (entry.winner, entry.price, entry.payments) == (0, 43, (43, 0, 0))
    assert entry.bids == (45, 40, 42)
    assert entry.values == (None, None, None)
    assert entry.profits == (None, 0, 0)
    assert faults(record) == []
    late = only(folder)
    assert faults(late) == ["has 2 periods, by the rule of a hard close it has 10"]
    soft = only(folder, periods=2, closing="soft")
    assert faults(soft) == ["has 2 periods, by the rule of a soft close it has 3"]
    write_run(folder, MOVES, 1, reserve=44)
    with pytest.raises(FormatError, match=r"hidden reserves differ: \[0, 44\]"):
        only(folder)
    write_run(folder, MOVES, 0, reserve=44)
    unsold = only(folder, periods=2).rounds[0]
    assert (unsold.winner, unsold.price, unsold.payments) == (None, None, (0, 0, 0))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("0,1,41,", "0,1,42,", "line 3: price 42, by the rules it is 41"),
        ("bid,43,", "bid,43.5,", "line 3: max_bids are not those that follow"),
        ("},Bidder Andy", "},Bidder Betty", "Bidder Betty leads, by the rules it is Bidder Andy"),
    ],
)
def test_proxy_auctions_that_break_rules_are_named(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    path = write_run(tmp_path / "ebay_proxy", MOVES)
    text = path.read_text().replace('"Bidder', "Bidder").replace('}"', '}"')
    assert (old in text) or (old.replace("}", '}"') in text)
    path.write_text(text.replace(old.replace("}", '}"'), new.replace("}", '}"')).replace(old, new))
    assert any(words in fault for fault in faults(only(tmp_path, periods=2)))


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("__import__('os').system('touch owned')", "max_bids must be a dictionary"),
        ("{'Bidder Andy': 1 + 1}", "max_bids must be a dictionary"),
        ("{'Bidder Andy': [1]}", "max_bids must be a dictionary"),
        ("{'Bidder Andy': True}", "max_bids must be a dictionary"),
        ("{**{}}", "max_bids must be a dictionary"),
        ("{'Bidder Andy': 1, 'Bidder Andy': 2}", "max_bids must be a dictionary"),
        ("((" * 500, "max_bids must be a dictionary"),
        ("{'Someone': 1}", "agent_selected is none of max_bids"),
    ],
)
def test_dictionaries_are_read_and_never_run(tmp_path: Path, cell: str, words: str) -> None:
    path = write_run(tmp_path / "ebay_proxy", MOVES)
    lines = path.read_text().splitlines()
    before, _, after = lines[1].split('"')
    lines[1] = f'{before}"{cell}"{after}'
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(FormatError, match=words) as caught:
        only(tmp_path)
    assert "line 2" in str(caught.value)
    assert not Path("owned").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[]", "must be an object of rounds"),
        ('{"round_0": 3}', "round_0: must be an object"),
        ('{"round_0": {}}', "round_0.*value.*required"),
        ('{"round_1": {}}', "round_1.*unexpected, round_0 comes here"),
        ('{"round_0": {"value": "x", "history": {}, "profit": 3}}', "must be a list of numbers"),
        ('{"round_0": 3, "round_0": 4}', "key is given twice"),
        ('{"round_0": }', "is not JSON"),
        ("{} {}", "is not JSON"),
    ],
)
def test_files_of_another_form_are_named(tmp_path: Path, text: str, words: str) -> None:
    folder = tmp_path / "spsb"
    folder.mkdir()
    path = folder / "result_1_x.json"
    path.write_text(text)
    from eqsolve.families.auction_experiment.convert.sessions import read_session

    with pytest.raises(FormatError, match=words):
        read_session(path)


@given(st.data())
def test_a_file_cut_anywhere_is_told_with_its_byte(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    rounds = [played(k, [5, 6 + k], [5, 6], 1, 5, plans=["é", 'a"b']) for k in range(3)]
    whole = json.dumps({f"round_{k}": entry for k, entry in enumerate(rounds)}, ensure_ascii=False)
    bytes_ = whole.encode()
    size = data.draw(st.integers(0, len(bytes_) - 1))
    path = tmp_path_factory.mktemp("cut") / "result_3_x.json"
    path.write_bytes(bytes_[:size])
    members, cut = read_members(path)
    assert cut is not None
    assert cut.byte == size
    assert cut.expected
    kept = list(members.values())
    assert kept == rounds[: len(kept)]
    ends = [len(whole[: whole.index(f'"round_{k + 1}"')].encode()) for k in range(2)]
    assert len(kept) >= sum(size >= end for end in ends)


def test_cut_logs_are_refused_or_their_whole_rounds_are_used(tmp_path: Path) -> None:
    path = write_session(tmp_path / "spsb", RIGHT)
    size = path.stat().st_size - 40
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(FormatError, match=rf"cut off at byte {size}: expected .*cut=keep"):
        only(tmp_path)
    record = only(tmp_path, cut="keep")
    assert len(record.rounds) == 1
    assert faults(record)[0].startswith(f"is cut off at byte {size}: expected")
    assert faults(record)[1] == "aborted after 1 of 2 rounds"
    run = write_run(tmp_path / "ebay_proxy", MOVES, 0)
    write_run(tmp_path / "ebay_proxy", MOVES, 1)
    run.write_bytes(run.read_bytes()[:-30])
    with pytest.raises(FormatError, match=r"cut off at byte .*: expected .* entries in line 7"):
        only(tmp_path / "ebay_proxy")
    record = only(tmp_path / "ebay_proxy", cut="keep", periods=2)
    assert len(record.rounds) == 1
    assert "left out" in faults(record)[0]


def test_folders_that_are_none_and_options_that_are_none_are_named(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no such file"):
        load_auction_logs(tmp_path / "none")
    assert load_auction_logs(tmp_path) == []
    write_session(tmp_path / "mystery", RIGHT)
    with pytest.raises(OptionError, match="'mystery' says no format"):
        load_auction_logs(tmp_path)
    with pytest.raises(OptionError, match=r"format = 'second'.*second_price"):
        load_auction_logs(tmp_path, format="second")
    with pytest.raises(OptionError, match=r"model = 'privat'.*private"):
        load_auction_logs(tmp_path, format="second_price", model="privat")
    with pytest.raises(OptionError, match="formt"):
        load_auction_logs(tmp_path, formt="second_price")
    assert only(tmp_path, format="second_price").experiment.auction.format == "second_price"
    write_session(tmp_path / "mystery", [played(0, [1, 2], [1, 2], 1, 1)], 1)
    with pytest.raises(FormatError, match=r"numbers of bidders differ: \[2, 3\]"):
        load_auction_logs(tmp_path, format="second_price")


@given(st.integers(0, 1999), st.sampled_from(["spsb", "affiliated_spsb", "common_spsb"]),
       st.integers(1, 4))  # fmt: skip
def test_seeds_are_found_again(seed: int, treatment: str, rounds: int) -> None:
    auction = auction_of(treatment, 3)
    types, commons = drawn(auction, seed, rounds)
    assert seed in seeds_of(auction, types)
    source = random.Random(seed)
    ends = {"spsb": (None, (0, 99)), "affiliated_spsb": ((0, 20), (0, 20)),
            "common_spsb": ((20, 79), (-20, 20))}[treatment]  # fmt: skip
    for own, common in zip(types, commons, strict=True):
        shared = None if ends[0] is None else source.randint(*ends[0])
        assert common == shared
        assert own == [(shared or 0) + source.randint(*ends[1]) for _ in range(3)]
