"""File stems: each given out once, harmless, and no longer than file systems take."""

from __future__ import annotations

import unicodedata

from hypothesis import given, strategies as st

from eqsolve.io.names import FreeNames

TEXTS = st.text(st.sampled_from("aAß-._2/\\ é\x1b\n\u202e\ud800\udcff数"), max_size=6)


@given(st.lists(st.one_of(TEXTS, st.text(max_size=300)), max_size=40))
def test_names_are_told_apart_on_every_file_system(texts: list[str]) -> None:
    names = FreeNames("instance")
    taken = [names.take(text) for text in texts]
    folded = {unicodedata.normalize("NFC", name).casefold() for name in taken}
    assert len(folded) == len(taken)
    for name in taken:
        assert 0 < len(name.encode()) <= 200
        assert name[0] not in ".-"
        assert "/" not in name


def test_many_equal_names_take_no_quadratic_time() -> None:
    names = FreeNames("instance")
    assert len({names.take("m") for _ in range(50_000)}) == 50_000
