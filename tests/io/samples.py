"""A small valid file for every reader: our own kinds and every foreign format."""

from __future__ import annotations

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import eqsolve
from eqsolve.catalog import catalog_names
from eqsolve.core.instance import Instance
from eqsolve.io.converting import convert
from eqsolve.io.encode import encode
from eqsolve.io.instances import instance_document
from eqsolve.registry import families

__all__ = ["NPY", "SAMPLES", "Sample", "documents", "npy_bytes", "read"]

Sample = tuple[str, str, dict[str, str]]
"""File name, content, and the options that its converter needs."""

COURSES = {
    "valuations": {"s1": {"art": 5, "law": 2.5}, "s2": {"art": 4}},
    "agent_capacities": {"s1": 1, "s2": 2},
    "item_capacities": {"art": 2, "law": 1},
}
APART = {
    **COURSES,
    "agent_conflicts": {"s2": ["law"]},
    "item_conflicts": {"art": ["law"]},
}
TOC = """# TITLE: wishes
# DATA TYPE: toc
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 3
# ALTERNATIVE NAME 1: red
2: 2,{1,3}
1: 3
"""
CAT = """# TITLE: bids
# DATA TYPE: cat
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: 3
# NUMBER CATEGORIES: 2
# CATEGORY NAME 1: Yes
# CATEGORY NAME 2: No
# ALTERNATIVE NAME 1: red
2: {1, 2},{3}
1: 2,{1}
"""
MTEB = "".join(
    json.dumps({"Model": f"<a href='x/{name}'>{name}</a>", "STS Average (2 datasets)": score})
    + "\n"
    for name, score in (("a", 50.25), ("b", 61), ("c", ""))
)
SIMILAR = '{"r": {"p": -0.5, "q": 1}, "s": {"q": 0.25}}'


def documents(kind: str, most: int = 3) -> list[dict[str, object]]:
    """Return documents of the smallest catalog instances of a kind, as read from JSON."""
    texts = sorted((text for text in _catalog() if json.loads(text)["kind"] == kind), key=len)
    return [json.loads(text) for text in texts[:most]]


@cache
def _catalog() -> list[bytes]:
    instances = [eqsolve.load(f"catalog:{name}") for name in catalog_names()]
    return [encode(instance_document(instance)) for instance in instances]


def _samples() -> dict[str, Sample]:
    found: dict[str, Sample] = {}
    for family in families():
        for place, document in enumerate(documents(family.kind)):
            found[f"{family.kind} {place}"] = ("m.json", json.dumps(document), {})
        lines = "".join(json.dumps(document) + "\n" for document in documents(family.kind))
        found[f"{family.kind} lines"] = ("m.jsonl", lines, {})
    reference = {"eqsolve": 1, "kind": "assignment_market", "values": {"file": "values.npy"}}
    return found | {
        "npy": ("m.json", json.dumps(reference), {}),
        "nfg": ("g.nfg", 'NFG 1 R "g" { "A" "B" } { 2 2 }\n\n1 5/2 0.5 -1 3 4 1e2 7\n', {}),
        "nfg outcomes": (
            "g.nfg",
            'NFG 1 D "g" { "A" } { { "x" "y" } }\n"note"\n{ { "o" 1/3 } { "q" 2 } }\n1 2\n',
            {},
        ),
        "orlib": ("a.txt", "2\n 3 1.5\n 4\n 2\n", {}),
        "unit demand": ("u.txt", "2 3 2\n0 0 1.5\n1 2 7\n", {}),
        "preflib": ("a.cat", CAT, {}),
        "preflib shares": ("a.cat", CAT, {"from": "preflib_shares"}),
        "similarity": ("s.json", SIMILAR, {}),
        "similarity drop": ("s.json", SIMILAR, {"from": "similarity", "negative": "drop"}),
        "similarity shift": ("s.json", SIMILAR, {"from": "similarity", "negative": "shift"}),
        "similarity shares": ("s.json", SIMILAR, {"from": "similarity_shares"}),
        "courses": ("c.json", json.dumps(COURSES), {}),
        "course seats": ("c.json", json.dumps(COURSES), {"from": "course_seats"}),
        "course market": ("c.json", json.dumps(APART), {"from": "course_market"}),
        "course rankings": ("r.toc", TOC, {}),
        "leaderboard": ("b.csv", "model,a,b\nx,1.5,2\n\"y, z\",3,\nw,4,0.25\n", {}),
        "mteb": ("b.jsonl", MTEB, {"from": "mteb"}),
    }  # fmt: skip


SAMPLES = _samples()


def npy_bytes(array: np.ndarray[Any, Any]) -> bytes:
    """Return an array as the content of a ``.npy`` file."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


NPY = npy_bytes(np.array([[1, 2], [3, 4]]))


def read(folder: Path, sample: Sample, data: bytes, npy: bytes = NPY) -> list[Instance]:
    """Return the instances of a sample whose content was replaced."""
    name, _, options = sample
    (folder / "values.npy").write_bytes(npy)
    path = folder / name
    path.write_bytes(data)
    return list(convert(str(path), options))
