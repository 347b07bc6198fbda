"""Formulas as MathML, which browsers lay out by themselves: no script, no font, no network."""

from __future__ import annotations

from docutils.nodes import SkipNode, math, math_block
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxTranslator


def inline(translator: SphinxTranslator, node: math) -> None:
    """Write a formula within a line."""
    translator.body.append(mathml(node, as_block=False))
    raise SkipNode


def displayed(translator: SphinxTranslator, node: math_block) -> None:
    """Write a formula on a line of its own, which scrolls where the page is narrow."""
    translator.body.append(f'<div class="math">{mathml(node, as_block=True)}</div>')
    raise SkipNode


def mathml(node: math | math_block, as_block: bool) -> str:
    """Return the markup of a formula; one that cannot be read is named with its place."""
    try:
        return tex2mathml(node.astext(), as_block=as_block)
    except MathError as error:
        raise ExtensionError(f"{node.source}:{node.line}: {node.astext()}: {error}") from error
