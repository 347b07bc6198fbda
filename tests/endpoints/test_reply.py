"""Answers of servers, whole and broken."""

from __future__ import annotations

import json

import pytest

from eqsolve.endpoints.reply import AnswerError, read_reply
from tests.endpoints.server import answer

BODY = {"model": "m", "prompt": "a", "logprobs": 2}
TALK = {
    "model": "m", "messages": [{"role": "user", "content": "a"}], "logprobs": True,
    "top_logprobs": 2,
}  # fmt: skip


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions"])
def test_every_field_that_is_gone_is_named_or_not_needed(path: str) -> None:
    body = TALK if "chat" in path else BODY
    whole = answer(path, body)
    reply = read_reply(json.dumps(whole))
    assert reply.answer == whole
    assert (reply.tokens_in, reply.tokens_out) == (1, 1)
    del whole["usage"], whole["object"], whole["choices"][0]["index"]
    bare = read_reply(json.dumps(whole))
    assert bare.text == reply.text
    assert (bare.tokens_in, bare.tokens_out) == (None, None)
    whole["choices"][0].pop("text", None)
    whole["choices"][0].pop("message", None)
    with pytest.raises(AnswerError, match=r"lacks choices\[0\].message"):
        read_reply(json.dumps(whole))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not JSON"),
        ('{"choices": [', "is not JSON"),
        ("[]", "lacks choices"),
        ("{}", "lacks choices"),
        ('{"choices": []}', r"lacks choices\[0\]"),
        ('{"choices": [3]}', r"lacks choices\[0\].message"),
        ('{"choices": [{"message": {}}]}', r"lacks choices\[0\].message.content"),
        ('{"choices": [{"message": {"content": 7}}]}', "is no text"),
    ],
)
def test_broken_answers_are_named(text: str, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        read_reply(text)


def test_an_empty_answer_is_an_answer() -> None:
    assert read_reply('{"choices": [{"message": {"content": null}}]}').text == ""
