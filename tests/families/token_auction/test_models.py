"""Models that lie outside of the instance: character network, transformers, partial ones."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from eqsolve import InstanceError, Status, TokenAuction, load, solve, sweep_bids, verify
from eqsolve.cli.__main__ import main
from eqsolve.families.token_auction.models import opening
from eqsolve.families.token_auction.models.speaker import Told
from eqsolve.families.token_auction.solution import Spoken
from tests.families.token_auction import oracle


class Chance:
    """A partial model that tells the likeliest of four tokens, whatever was said."""

    def __init__(self, chances: list[float], top: int) -> None:
        order = np.argsort(-np.array(chances), kind="stable")[:top]
        self.chances = chances
        self.said = Told(tuple("abcd"[k] for k in order), np.array(chances)[order])
        self.heard: list[str] = []

    def speaker(self) -> Chance:
        return self

    def told(self) -> Told:
        return self.said

    def hear(self, token: str) -> None:
        self.heard.append(token)


ROWS = [[0.5, 0.3, 0.15, 0.05], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]
ENDPOINT = {"endpoint": {"url": "http://127.0.0.1:1/v1", "model": "m", "top": 2}}


def partial(monkeypatch: pytest.MonkeyPatch, top: int, **fields: Any) -> TokenAuction:
    """Return an auction whose models tell their `top` likeliest tokens."""
    voices = tuple(Chance(row, top) for row in ROWS)
    monkeypatch.setattr(opening, "_partial", lambda *_: voices)
    return TokenAuction([1, 2, 4], models=[ENDPOINT] * 3, **fields)


@pytest.mark.parametrize("sampler", ["inverse", "race"])
def test_payments_of_partial_models_lie_between_their_ends(
    sampler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    auction = partial(monkeypatch, 2, length=30)
    result = solve(auction, seed=1, sampler=sampler)
    solution = result.solution
    assert result.status is Status.FEASIBLE
    assert "payments are intervals" in result.stats.remarks[0]
    assert result.check.valid
    ends = solution.payments_interval
    assert (ends[..., 0] <= solution.payments + 1e-15).all()
    assert (solution.payments <= ends[..., 1] + 1e-15).all()
    names = solution.vocabulary
    assert solution.text == "".join(names[t] for t in solution.tokens)
    for step, token in enumerate(solution.tokens.tolist()):
        true = ["abcd".index(names[token])]
        for i in range(3):
            paid = oracle.critical(i, true[0], [1, 2, 4], ROWS, cuts=300)
            assert ends[step, i, 0] - 1e-4 <= paid <= ends[step, i, 1] + 1e-4


def test_partial_models_that_tell_everything_leave_no_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    auction = partial(monkeypatch, 4, length=20)
    result = solve(auction, seed=1)
    assert (result.status, result.stats.remarks) == (Status.SOLVED, ())
    whole = TokenAuction([1, 2, 4], ROWS)
    token = "abcd".index(result.solution.vocabulary[int(result.solution.tokens[0])])
    paid = [oracle.critical(i, token, [1, 2, 4], ROWS) for i in range(3)]
    assert result.solution.payments[0] == pytest.approx(paid, abs=1e-5)
    assert result.solution.influence[0] == pytest.approx(solve(whole).solution.influence[0])


def test_a_partial_text_stops_and_is_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    auction = partial(monkeypatch, 2, length=50, stop="a")
    solution = solve(auction, seed=3).solution
    assert solution.text.endswith("a")
    assert "a" not in solution.text[:-1]
    points = sweep_bids(auction, 0, [0, 7], texts=4, brands=[("a",), ("d",)])
    assert [point.vcg for point in points] == [None, None]
    assert points[0].second_price > 0


def test_broken_answers_of_partial_models_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    auction = partial(monkeypatch, 2, length=6)
    result = solve(auction, seed=1)
    solution = result.solution

    def broken(**changes: Any) -> list[str]:
        lie = replace(result, solution=replace(solution, **changes))
        return [check.id for check in verify(auction, lie).failures]

    for place in np.ndindex(solution.payments_interval.shape):
        ends = solution.payments_interval.copy()
        ends[place] += 1e-3
        assert broken(payments_interval=ends) == ["token.payments-interval"]
    assert broken(payments_interval=None) == ["token.ends"]
    assert broken(text="aa") == ["token.text"]
    first = solution.trace[0][0]
    other = Spoken(first.tokens, first.probabilities - np.array([0.1, 0]), first.rest + 0.1)
    trace = ((other, *solution.trace[0][1:]), *solution.trace[1:])
    assert "token.probabilities" in broken(trace=trace)
    short = Spoken(first.tokens, first.probabilities, first.rest - 0.01)
    assert broken(trace=((short, *solution.trace[0][1:]), *solution.trace[1:])) == ["token.trace"]
    negative = Spoken(first.tokens, first.probabilities + np.array([0.5, 0]), first.rest - 0.5)
    trace = ((negative, *solution.trace[0][1:]), *solution.trace[1:])
    assert broken(trace=trace) == ["token.trace"]
    whole = replace(result, status=Status.SOLVED)
    assert "token.length" in [check.id for check in verify(auction, whole).failures]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"models": [{**ENDPOINT, "temperature": 2}]}, "temperature] = 2.0: must be 1 beside"),
        ({"models": [{**ENDPOINT, "prompt": [1]}]}, "prompt]: must be text beside an endpoint"),
        ({"models": [ENDPOINT], "prompt": [1]}, "prompt = (1,): must be text beside"),
        ({"models": [ENDPOINT], "stop": 1}, "stop = 1: must be text beside"),
    ],
)
def test_what_does_not_go_with_partial_models(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(InstanceError) as caught:
        TokenAuction([1], **fields)
    assert words in str(caught.value)


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the network of textgenrnn, unpacked from its source package."""
    pytest.importorskip("h5py", reason="h5py is not installed (extra charlm)")
    folder = tmp_path_factory.mktemp("network")
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--retries", "1",
        "--timeout", "20", "--disable-pip-version-check", "textgenrnn==2.0.0", "-d", str(folder),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    found = sorted(folder.glob("textgenrnn-2.0.0.tar.gz"))
    if not found:
        pytest.skip(f"textgenrnn 2.0.0 cannot be downloaded: {done.stderr.strip()[-200:]}")
    with tarfile.open(found[0]) as archive:
        for name in ("weights.hdf5", "vocab.json"):
            member = archive.extractfile(f"textgenrnn-2.0.0/textgenrnn/textgenrnn_{name}")
            assert member is not None
            (folder / name).write_bytes(member.read())
    return folder


def titles(network: Path, *prompts: str, **fields: Any) -> TokenAuction:
    """Return an auction of agents with one network and prompts of their own."""
    model = {"weights": network / "weights.hdf5", "vocabulary": network / "vocab.json"}
    return TokenAuction(
        fields.pop("bids", [1] * len(prompts)),
        models=[
            {"char_rnn": model, "prompt": prompt, "temperature": 0.5} for prompt in prompts
        ],
        stop="<s>", **fields,
    )  # fmt: skip


def lstm(given: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
    """Return the outputs of an LSTM as the textbook has it, in double precision."""
    size = recurrent.shape[0]
    gates = [np.s_[k * size : (k + 1) * size] for k in range(4)]
    # As a GPU stores them: the numbers of each gate, row by row, are its matrix the other way.
    kernels = [kernel[:, g].flatten().reshape(size, -1).T for g in gates]
    recurrents = [recurrent[:, g].T for g in gates]
    both = bias[: 4 * size] + bias[4 * size :]
    h = c = np.zeros(size)
    found = []
    for x in given:
        i, f, n, o = (
            x @ a + h @ b + both[g] for a, b, g in zip(kernels, recurrents, gates, strict=True)
        )
        c = c / (1 + np.exp(-f)) + np.tanh(n) / (1 + np.exp(-i))
        h = np.tanh(c) / (1 + np.exp(-o))
        found.append(h)
    return np.array(found)


def test_the_network_is_that_of_the_textbook(network: Path) -> None:
    h5py = pytest.importorskip("h5py")
    auction = titles(network, "The cat ")
    voice = opening.open_models(auction).windows[0]
    symbols = json.loads((network / "vocab.json").read_text())
    context = [symbols["<s>"], *(symbols[c] for c in "The cat ")]
    assert voice.context.tolist() == context
    with h5py.File(network / "weights.hdf5") as file:

        def of(layer: str, part: str) -> Any:
            return np.asarray(file[f"{layer}/{layer}/{part}:0"], dtype=np.float64)

        parts = [of("embedding", "embeddings")[[0] * (40 - len(context)) + context]]
        for layer in ("rnn_1", "rnn_2"):
            names = ("kernel", "recurrent_kernel", "bias")
            parts.append(lstm(parts[-1], *(of(layer, name) for name in names)))
        held = np.concatenate(parts, axis=1)
        shares = np.exp(held @ of("attention", "attention_W")[:, 0])
        mean = shares @ held / shares.sum()
        chances = np.exp(mean @ of("output", "kernel") + of("output", "bias"))
    wanted = np.append(0.0, chances[1:] / chances[1:].sum())
    found = voice.model.after(context)
    assert found == pytest.approx(wanted, abs=1e-6)
    again = voice.model.of(np.array([[-1] * (40 - len(context)) + context] * 2))
    assert again == pytest.approx(np.array([wanted, wanted]), abs=1e-6)


def test_two_prompts_write_a_joint_title(network: Path, tmp_path: Path) -> None:
    auction = titles(network, "The cat ", "My phone ", length=80)
    result = solve(auction, seed=0)
    solution = result.require()
    assert solution.text.endswith("<s>")
    assert " " in solution.text
    assert (solution.totals > 0).all()
    assert result.check.valid
    assert [line[-20:] for line in result.check.unchecked] == ["taken from the trace"] * 2
    fields = {
        "eqsolve": 1, "kind": "token_auction", "bids": [1, 1], "length": 80, "stop": "<s>",
        "models": [model.to_dict() for model in auction.models],
    }  # fmt: skip
    for name in ("weights.hdf5", "vocab.json"):
        (tmp_path / name).write_bytes((network / name).read_bytes())
    path, out = tmp_path / "a.json", tmp_path / "s.json"
    path.write_text(json.dumps(fields))
    shown = CliRunner().invoke(main, ["solve", str(path), "-o", str(out)])
    assert shown.exit_code == 0, shown.output
    assert json.loads(out.read_text())["text"] == solution.text
    (tmp_path / "weights.hdf5").unlink()  # a solution verifies without the network
    shown = CliRunner().invoke(main, ["verify", str(path), str(out)])
    assert shown.exit_code == 4  # nothing is wrong; that the network said so is not proved
    assert "what the model of agent 1 says: taken from the trace" in " ".join(shown.output.split())
    document = json.loads(out.read_text())
    document["trace"][3][1]["probabilities"][40] += 1e-3
    out.write_text(json.dumps(document))
    assert CliRunner().invoke(main, ["verify", str(path), str(out)]).exit_code == 1


def test_titles_are_sampled_together(network: Path) -> None:
    auction = titles(network, "The cat ", "My phone ", bids=[1, 3], length=5)
    result = solve(auction, expect=30)
    assert result.status is Status.FEASIBLE
    low, high = result.solution.expected_totals_interval.T
    assert (low < high).all()
    points = sweep_bids(auction, 0, [0, 3], texts=5, brands=[("cat",), ("phone",)])
    assert points[1].vcg > points[1].second_price > points[0].second_price == 0


def test_what_is_no_network_is_named(network: Path, tmp_path: Path) -> None:
    good = {"weights": network / "weights.hdf5", "vocabulary": network / "vocab.json"}
    (tmp_path / "text").write_text("no network")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "few.json").write_text('{"<s>": 1}')
    for name, file, words in (
        ("weights", "none", "is no HDF5 file"),
        ("weights", "text", "is no HDF5 file"),
        ("vocabulary", "none", "cannot be read"),
        ("vocabulary", "list.json", "must be a JSON object"),
        ("vocabulary", "few.json", "embedding has shape (465, 100), expected (2, 100)"),
    ):
        path = tmp_path / file
        with pytest.raises(InstanceError) as caught:
            solve(TokenAuction([1], models=[{"char_rnn": {**good, name: path}}]))
        fault = caught.value.faults[0]
        wanted = "weights" if file == "few.json" else name
        assert (fault.field, fault.index) == ("models", (0, "char_rnn", wanted))
        assert words in fault.rule
    text = {"ngram": {"text": "abc", "order": 2, "unit": "char"}}
    with pytest.raises(InstanceError, match="agent 0 and the reserve share no vocabulary: 465 and"):
        solve(
            TokenAuction(
                [1], models=[{"char_rnn": good}], vocabulary=None,
                reserve={"bid": 1, "model": text},
            )
        )  # fmt: skip
    with pytest.raises(InstanceError, match="stop = '~~': is not in the models' vocabulary"):
        solve(TokenAuction([1], models=[{"char_rnn": good}], stop="~~"))
    with pytest.raises(InstanceError, match="stop = 465: must be from 0 to 464"):
        solve(TokenAuction([1], models=[{"char_rnn": good}], stop=465))


@pytest.fixture(scope="session")
def causal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two small causal models, one of them with other tokens."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers", reason="transformers is not installed")
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("causal")
    torch.manual_seed(0)
    for name, size in (("a", 79), ("b", 79), ("c", 80)):
        config = GPT2Config(vocab_size=size, n_layer=2, n_head=2, n_embd=32, n_positions=128)
        GPT2LMHeadModel(config).save_pretrained(folder / name)
    return folder


def two_causal(causal: Path, **fields: Any) -> TokenAuction:
    models = [{"transformers": str(causal / name)} for name in "ab"]
    return TokenAuction(fields.pop("bids", [1, 2]), models=models, **fields)


@pytest.mark.learn
def test_causal_models_speak_as_without_a_cache(causal: Path) -> None:
    import torch
    from transformers import GPT2LMHeadModel

    auction = two_causal(causal, length=12, prompt=[5, 6])
    result = solve(auction, seed=2)
    solution = result.require()
    assert result.check.valid
    models = [GPT2LMHeadModel.from_pretrained(causal / name).eval() for name in "ab"]
    text = [5, 6]
    for step, token in enumerate(solution.tokens.tolist()):
        with torch.no_grad():
            rows = [
                torch.softmax(model(torch.tensor([text])).logits[0, -1].double(), 0).tolist()
                for model in models
            ]
        for said, row in zip(solution.trace[step], rows, strict=True):
            assert said.probabilities == pytest.approx(row, abs=1e-6)
        q = oracle.aggregate("linear", [1, 2], rows)
        assert solution.probabilities[step] == pytest.approx(q[token], abs=1e-6)
        text.append(token)
    assert solution.text == " ".join(map(str, solution.tokens.tolist()))


@pytest.mark.learn
def test_causal_models_speak_the_vocabulary_of_the_instance(causal: Path, tmp_path: Path) -> None:
    letters = [chr(32 + k) for k in range(79)]
    auction = two_causal(causal, length=10, vocabulary=letters, prompt="HELLO", stop="!")
    assert solve(auction).require().text == "".join(
        letters[t] for t in solve(auction).solution.tokens
    )
    book = {"ngram": {"text": "".join(letters), "order": 3, "unit": "char"}}
    mixed = TokenAuction([1, 1], models=[book, auction.models[0]], length=8)
    assert solve(mixed).check.valid
    logs = two_causal(causal, length=4, aggregation="log_linear", payment="vcg")
    assert solve(logs).check.valid
    warm = TokenAuction([1], models=[{"transformers": str(causal / "a"), "temperature": 0.1}])
    assert solve(warm).solution.trace[0][0].probabilities.max() > 0.03


@pytest.mark.learn
def test_tokenizers_of_causal_models(causal: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models as kinds, pre_tokenizers
    from transformers import GPT2LMHeadModel, PreTrainedTokenizerFast

    for name, first in (("x", "fly"), ("y", "fly"), ("z", "stay")):
        words = {word: k for k, word in enumerate([first, *(f"w{k}" for k in range(78))])}
        plain = Tokenizer(kinds.WordLevel(words, unk_token="w0"))
        plain.pre_tokenizer = pre_tokenizers.Whitespace()
        PreTrainedTokenizerFast(tokenizer_object=plain).save_pretrained(tmp_path / name)
        GPT2LMHeadModel.from_pretrained(causal / "a").save_pretrained(tmp_path / name)
    models = [{"transformers": str(tmp_path / name), "prompt": "fly w3 "} for name in "xyz"]
    solution = solve(TokenAuction([1, 1], models=models[:2], prompt="w4", length=6)).require()
    assert solution.vocabulary[:2] == ("fly", "w0")
    assert solution.text == " ".join(solution.vocabulary[t] for t in solution.tokens)
    apart = "agent 0 and agent 1 share no vocabulary: token 0 is 'fly' and 'stay'"
    with pytest.raises(InstanceError, match=apart):
        solve(TokenAuction([1, 1], models=models[1:]))
    path = tmp_path / "a.json"
    fields = {"eqsolve": 1, "kind": "token_auction", "bids": [1, 1], "models": models[1:]}
    path.write_text(json.dumps(fields))
    shown = CliRunner().invoke(main, ["solve", str(path)])
    assert (shown.exit_code, apart in shown.stderr) == (2, True)


@pytest.mark.learn
def test_a_trace_stands_for_a_causal_model(causal: Path, tmp_path: Path) -> None:
    auction = two_causal(causal, length=5)
    path, out = tmp_path / "a.json", tmp_path / "s.json"
    fields = {
        "eqsolve": 1, "kind": "token_auction", "bids": [1, 2], "length": 5,
        "models": [model.to_dict() for model in auction.models],
    }  # fmt: skip
    path.write_text(json.dumps(fields))
    assert CliRunner().invoke(main, ["solve", str(path), "-o", str(out)]).exit_code == 0
    path.write_text(json.dumps(fields).replace(str(causal), str(tmp_path / "gone")))
    auction = load(path)
    document = json.loads(out.read_text())
    document.pop("instance", None)
    shown = CliRunner().invoke(main, ["verify", str(path), str(out)])
    assert "taken from the trace" in shown.output
    assert auction.models[0].source.name.startswith(str(tmp_path))


@pytest.mark.learn
def test_causal_models_that_cannot_be_are_named(
    causal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    models = [{"transformers": str(causal / name)} for name in "ac"]
    with pytest.raises(InstanceError, match="agent 0 and agent 1 share no vocabulary: 79 and 80"):
        solve(TokenAuction([1, 1], models=models))
    with pytest.raises(InstanceError, match="has 79 tokens and no tokenizer, the vocabulary 2"):
        solve(TokenAuction([1], models=models[:1], vocabulary=["a", "b"]))
    with pytest.raises(InstanceError, match="has 128 places, prompt and text need 130"):
        solve(TokenAuction([1], models=models[:1], prompt=[1, 2], length=129))
    with pytest.raises(InstanceError, match="has no token for a part of its prompt"):
        solve(TokenAuction([1], models=models[:1], prompt="hello"))
    with pytest.raises(InstanceError, match=r"part of its prompt \(number 79 of 79\)"):
        solve(TokenAuction([1], models=models[:1], prompt=[79]))
    with pytest.raises(InstanceError, match=r"models\[0, transformers\] = .*: cannot be loaded"):
        solve(TokenAuction([1], models=[{"transformers": str(tmp_path)}]))
