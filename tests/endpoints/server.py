"""A server on 127.0.0.1 that speaks like OpenAI's, and misbehaves on demand.

    with FakeServer("500", "good") as server:
        ...  # the first request fails, the second is answered, and so are all others

What it says follows from the model's name and the text alone.
"""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from zlib import crc32

import numpy as np

BEHAVIOURS = (
    "good", "late", "429", "500", "400", "401", "404", "broken", "empty", "missing", "silent",
    "few", "more", "dropped", "dies", "moved", "no usage", "no logprobs allowed", "wordless",
    "null",
)  # fmt: skip
TOKENS = (" the", " cat", " sat", " mat", ".", " on")
LATE = 2.0
"""Seconds of a late answer."""


def chances(model: str, text: str) -> dict[str, float]:
    """Return what a model says after a text: all tokens with their probabilities."""
    weights = np.random.default_rng(crc32(f"{model}|{text}".encode())).random(len(TOKENS)) + 0.05
    return dict(zip(TOKENS, (weights / weights.sum()).tolist(), strict=True))


class FakeServer:
    """The server, running in a thread between ``with`` and its end.

    Parameters
    ----------
    *plan : what it does with one request after the other, see `BEHAVIOURS`; ``good`` from then on.
    say : text of an answer in conversations without log-probabilities, from the body.
    """

    def __init__(self, *plan: str, say: Callable[[Mapping[str, Any]], str] | None = None) -> None:
        assert set(plan) <= set(BEHAVIOURS)
        self.plan, self.say = list(plan), say
        self.requests: list[tuple[str, dict[str, Any], dict[str, str]]] = []
        self.moments: list[float] = []
        self.lock = threading.Lock()

    def __enter__(self) -> FakeServer:
        owner = self

        class Handler(_Handler):
            server_of = owner

        self.http = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer nobody from now on."""
        self.http.shutdown()
        self.http.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, address: Any) -> None:
        """Say nothing: who does not wait for an answer has gone."""


class _Handler(BaseHTTPRequestHandler):
    server_of: FakeServer
    protocol_version = "HTTP/1.0"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        owner = self.server_of
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with owner.lock:
            owner.requests.append((self.path, body, dict(self.headers)))
            owner.moments.append(time.monotonic())
            behaviour = owner.plan.pop(0) if owner.plan else "good"
        getattr(self, f"_{behaviour.replace(' ', '_')}", self._good)(body)

    def _good(self, body: dict[str, Any], **changes: Any) -> None:
        self._send(200, json.dumps(answer(self.path, body, self.server_of.say, **changes)))

    def _late(self, body: dict[str, Any]) -> None:
        time.sleep(LATE)
        self._good(body)

    def _429(self, body: dict[str, Any]) -> None:
        self._send(429, '{"error": {"message": "slow down"}}', {"Retry-After": "0.2"})

    def _500(self, body: dict[str, Any]) -> None:
        self._send(500, "oops")

    def _400(self, body: dict[str, Any]) -> None:
        self._send(400, '{"error": {"message": "bad request"}}')

    def _no_logprobs_allowed(self, body: dict[str, Any]) -> None:
        self._send(400, '{"error": {"message": "logprobs is greater than max allowed: 5"}}')

    def _401(self, body: dict[str, Any]) -> None:
        given = self.headers.get("Authorization", "none")
        self._send(401, json.dumps({"error": {"message": f"Incorrect API key provided: {given}"}}))

    def _404(self, body: dict[str, Any]) -> None:
        self._send(404, '{"detail": "Not Found"}')

    def _moved(self, body: dict[str, Any]) -> None:
        self._send(302, "", {"Location": self.server_of.url + "/elsewhere"})

    def _broken(self, body: dict[str, Any]) -> None:
        self._send(200, '{"choices": [{"text": "a')

    def _empty(self, body: dict[str, Any]) -> None:
        self._send(200, "")

    def _missing(self, body: dict[str, Any]) -> None:
        self._send(200, '{"object": "text_completion", "usage": {}}')

    def _silent(self, body: dict[str, Any]) -> None:
        self._good(body, logprobs=False)

    def _few(self, body: dict[str, Any]) -> None:
        self._good(body, most=1)

    def _more(self, body: dict[str, Any]) -> None:
        self._good(body, unlikely=True)

    def _no_usage(self, body: dict[str, Any]) -> None:
        self._good(body, usage=False)

    def _wordless(self, body: dict[str, Any]) -> None:
        self._send(200, json.dumps(answer(self.path, body, lambda body: "")))

    def _null(self, body: dict[str, Any]) -> None:
        found = answer(self.path, body)
        found["choices"][0]["message"]["content"] = None
        self._send(200, json.dumps(found))

    def _dropped(self, body: dict[str, Any]) -> None:
        self._send(200, json.dumps(answer(self.path, body, self.server_of.say)), cut=True)

    def _dies(self, body: dict[str, Any]) -> None:
        threading.Thread(target=self.server_of.stop, daemon=True).start()
        self.connection.shutdown(socket.SHUT_RDWR)

    def _send(
        self, status: int, text: str, headers: Mapping[str, str] | None = None, cut: bool = False
    ) -> None:
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if cut else data)


def text_of(path: str, body: Mapping[str, Any]) -> str:
    """Return what a model is to continue."""
    if path.endswith("/chat/completions"):
        return "".join(message["content"] for message in body["messages"])
    return str(body["prompt"])


def answer(
    path: str,
    body: Mapping[str, Any],
    say: Callable[[Mapping[str, Any]], str] | None = None,
    *,
    logprobs: bool = True,
    most: int | None = None,
    unlikely: bool = False,
    usage: bool = True,
) -> dict[str, Any]:
    """Return the answer to a request in the form of its path."""
    text = text_of(path, body)
    table = chances(body["model"], text)
    order = sorted(table, key=lambda token: -table[token])
    is_chat = path.endswith("/chat/completions")
    top = body.get("top_logprobs", 0) if is_chat else body.get("logprobs", 0)
    shown = order[: top if most is None else most]
    drawn = order[-1] if unlikely else order[0]
    if unlikely and not is_chat:
        shown = list(dict.fromkeys([*shown, drawn]))  # the token drawn comes on top, as at OpenAI
    rows = [{"token": token, "logprob": float(np.log(table[token]))} for token in shown]
    choice: dict[str, Any] = {"index": 0, "finish_reason": "length"}
    if is_chat:
        content = say(body) if say else drawn
        choice["message"] = {"role": "assistant", "content": content}
        if logprobs and body.get("logprobs"):
            choice["logprobs"] = {"content": [{"token": drawn, "top_logprobs": rows}]}
    else:
        choice["text"] = drawn
        if logprobs and top:
            tops = {row["token"]: row["logprob"] for row in rows}
            choice["logprobs"] = {"tokens": [drawn], "top_logprobs": [tops]}
    found: dict[str, Any] = {"object": "x", "model": body["model"], "choices": [choice]}
    if usage:
        found["usage"] = {"prompt_tokens": len(text.split()), "completion_tokens": 1}
    return found
