"""Foreign files of bids: what becomes of their numbers, their known faults, and broken ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given, settings

from eqsolve import (
    AssignmentMarket,
    CombinatorialAuction,
    FormatError,
    OptionError,
    from_cats,
    load,
    save,
    to_cats,
)
from eqsolve.cli.__main__ import main
from eqsolve.families.combinatorial_auction.convert import BidLists, Cats, Muca
from eqsolve.testing import combinatorial_auctions

CATS = """% a comment
goods 3
bids 3
dummy 1

0\t10.5\t0\t3\t#
1\t4\t1\t2\t3\t#
2\t7\t2\t#
"""
MUCA = "2\n2\n3\n0 1 5 0\n0 2 8 0 1\n1 1 2.5 1\n1 2\n"


def put(folder: Path, text: str | bytes, name: str = "a.txt") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rows(auction: CombinatorialAuction) -> list[Any]:
    return list(auction.bids)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_cats(tmp_path: Path, ends: str, mark: bytes) -> None:
    path = put(tmp_path, mark + CATS.replace("\n", ends).encode())
    assert Cats().recognizes(path)
    auction = from_cats(path)
    assert (auction.n_items, auction.n_bidders, auction.language) == (3, 2, "xor")
    assert rows(auction) == [(0, [0], 10.5), (0, [1, 2], 4.0), (1, [2], 7.0)]


def test_more_bids_than_announced_are_read_and_recorded(tmp_path: Path) -> None:
    auction = from_cats(put(tmp_path, CATS.replace("bids 3", "bids 2")))
    assert auction.n_bids == 3
    assert auction.metadata["announced_bids"] == 2


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("bids 3", "bids 4", "4 bids are announced"),
        ("2\t7\t2\t#", "2\t7\t2\t9\t#", "line 8.*no good 9"),
        ("dummy 1", "dummy 0", "line 6.*no good 3"),
        ("goods 3\n", "", "header line is missing"),
        ("2\t7\t2\t#", "2\t7\t#", "line 8.*must name a good"),
        ("2\t7\t2\t#", "2\t7\t2", "line 8.*index price good"),
        ("2\t7\t2\t#", "2\t-7\t2\t#", "line 8.*price must be >= 0"),
        ("2\t7\t2\t#", "2\tnan\t2\t#", "line 8.*price"),
        ("2\t7\t2\t#", "1\t7\t2\t#", "line 8.*listed twice"),
        ("2\t7\t2\t#", "2\t7\t2.5\t#", "line 8.*whole numbers"),
    ],
)
def test_broken_cats_files_are_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(FormatError, match=fault):
        from_cats(put(tmp_path, CATS.replace(old, new)))


def test_a_bid_with_two_dummies_belongs_to_nobody(tmp_path: Path) -> None:
    text = CATS.replace("dummy 1", "dummy 2").replace("2\t7\t2\t#", "2\t7\t2\t3\t4\t#")
    with pytest.raises(FormatError, match=r"line 8.*two dummies, 3 and 4"):
        from_cats(put(tmp_path, text))


@settings(max_examples=40)
@given(auction=combinatorial_auctions(plain=True, language="xor"))
def test_cats_round_trip(auction: CombinatorialAuction, tmp_path_factory: Any) -> None:
    path = put(tmp_path_factory.mktemp("cats"), to_cats(auction))
    again = from_cats(path)
    assert again.n_items == auction.n_items
    assert [bid[1:] for bid in rows(again)] == [bid[1:] for bid in rows(auction)]
    seen: dict[int, int] = {}
    assert [bid[0] for bid in rows(again)] == [
        seen.setdefault(bid[0], len(seen)) for bid in rows(auction)
    ]


def test_a_txt_file_is_written_in_the_format_of_cats(tmp_path: Path) -> None:
    auction = from_cats(put(tmp_path, CATS))
    save(auction, tmp_path / "a.json")
    target = tmp_path / "b.txt"
    found = CliRunner().invoke(main, ["convert", str(tmp_path / "a.json"), str(target)])
    assert found.exit_code == 0, found.output
    assert rows(load(target)) == rows(auction)
    with pytest.raises(OptionError, match="do not fit"):
        save(AssignmentMarket([[1]]), tmp_path / "c.txt")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"language": "or"}, "OR bidders"),
        ({"supplies": [2]}, "several units"),
        ({"reserves": [1]}, "reserves"),
    ],
)
def test_what_cats_cannot_say_is_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(OptionError, match=why):
        to_cats(CombinatorialAuction(1, [(0, [0], 1), (0, [0], 2)], **options))


def test_muca(tmp_path: Path) -> None:
    path = put(tmp_path, MUCA.replace("\n", "\r\n"))
    assert Muca().recognizes(path)
    (auction,) = Muca().read(path)
    assert auction.supplies.tolist() == [1, 2]
    assert rows(auction) == [(0, [0], 5.0), (0, [0, 1], 8.0), (1, [1], 2.5)]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("1 1 2.5 1", "2 1 2.5 1", "line 6.*2 bidders and 2 items"),
        ("1 1 2.5 1", "1 1 2.5 2", "line 6.*2 bidders and 2 items"),
        ("1 1 2.5 1", "1 2 2.5 1", "line 6.*that number of items"),
        ("1 1 2.5 1", "1 1 x 1", "line 6.*price"),
        ("1 2\n", "1\n", "2 items, but 1 supplies"),
        ("1 2\n", "1 -2\n", "line 7.*supply"),
        ("2\n2\n3\n", "2\n2\n5\n", "line 7"),
    ],
)
def test_broken_muca_files_are_refused(tmp_path: Path, old: str, new: str, fault: str) -> None:
    with pytest.raises(FormatError, match=fault):
        list(Muca().read(put(tmp_path, MUCA.replace(old, new))))


def test_spreadsheets(tmp_path: Path) -> None:
    text = "\ufeffbidder,items,price\r\nAnn,bread milk,3\r\nBob,milk;milk,2.5\r\n\r\n"
    path = put(tmp_path, text, "a.csv")
    assert BidLists().recognizes(path)
    (auction,) = BidLists(language="or").read(path)
    assert auction.label("bidders", 1) == "Bob"
    assert auction.label("items", 1) == "milk"
    assert rows(auction) == [(0, [0, 1], 3.0), (1, [1, 1], 2.5)]


def test_all_faults_of_a_spreadsheet_in_one_pass(tmp_path: Path) -> None:
    text = "bidder,items,price\nAnn,,3\nBob,milk,x\nCid,milk,-1,5\n"
    with pytest.raises(FormatError) as error:
        list(BidLists().read(put(tmp_path, text, "a.csv")))
    for line in ("line 2", "line 3", "line 4"):
        assert line in str(error.value)
    with pytest.raises(FormatError, match=r"bids\.price"):
        list(BidLists().read(put(tmp_path, "bidder,items,price\nAnn,milk,-1\n", "a.csv")))


def test_every_real_file_is_read(real_data: Path) -> None:
    names = sorted((real_data / "cats").glob("*.txt"))
    assert len(names) == 19
    for path in names:
        assert from_cats(path).n_bids > 0
    for path in sorted((real_data / "muca").glob("*.txt")):
        (auction,) = Muca().read(path)
        assert auction.n_bids > 0
