"""References such as "Name, X. and Other, Y. (year). Title. Journal 1(2), 3-4." as BibTeX."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["bibtex", "entry"]

_REFERENCE = re.compile(
    r"(?P<authors>.+?) \((?P<year>\d{4})\)\. (?P<title>.+?[.?!])(?: (?P<venue>.+?))?\.?", re.DOTALL
)
_NEXT = re.compile(r"; (?=[^;]+? \(\d{4}\)\. )")
"""Between two references."""
_AUTHOR = re.compile(r"([^,]+), ((?:\w\.[ -]?)+)")
_ARTICLE = re.compile(
    r"(?P<journal>.+?) (?P<volume>(?!(?:19|20)\d\d\b)\d+)(?:\((?P<number>[\d-]+)\))?, "
    r"(?P<pages>\d+-\d+)"
)
_ARXIV = re.compile(r"arXiv[: ](?P<eprint>\d{4}\.\d{4,5})")
_SPECIAL = re.compile(r"([&%$#_{}])")


def bibtex(references: str) -> str:
    r"""Return one entry for each reference, ``; `` between references.

    A reference of another form is kept whole, as the note of an entry.

    Examples
    --------
    >>> print(bibtex("Kuhn, H. W. (1955). The Hungarian method. Naval Research 2(1-2), 83-97."))
    @article{kuhn1955hungarian,
      author = {Kuhn, H. W.},
      title = {The Hungarian method},
      year = {1955},
      journal = {Naval Research},
      volume = {2},
      number = {1-2},
      pages = {83--97}
    }
    """
    return "\n\n".join(map(_entry, _NEXT.split(references)))


def _entry(reference: str) -> str:
    """Return the entry of one reference."""
    found = _REFERENCE.fullmatch(f"{reference.strip().removesuffix('.')}.")
    if found is None:
        return _written("misc", _key(reference, "", ""), {"note": reference.strip()})
    authors, year, title, venue = found.group("authors", "year", "title", "venue")
    fields = {"author": _authors(authors), "title": title.removesuffix("."), "year": year}
    article, preprint = (form.fullmatch(venue or "") for form in (_ARTICLE, _ARXIV))
    if article is not None:
        parts = {key: text for key, text in article.groupdict().items() if text}
        fields |= parts | {"pages": parts["pages"].replace("-", "--")}
    elif preprint is not None:
        fields |= {"eprint": preprint["eprint"], "archiveprefix": "arXiv"}
    elif venue:
        fields["howpublished"] = venue
    return _written("article" if article else "misc", _key(authors, year, title), fields)


def _authors(text: str) -> str:
    """Return authors with ``and`` between them, as BibTeX reads them."""
    names = []
    for part in re.split(r" and ", text):
        found = _AUTHOR.findall(part)
        names += [f"{last.strip(' ,')}, {first.strip()}" for last, first in found]
        if not found:  # last names alone
            names += [name.strip() for name in part.split(",") if name.strip()]
    return " and ".join(names)


def _key(authors: str, year: str, title: str) -> str:
    """Return a key: first author, year, first long word of the title."""
    named = unicodedata.normalize("NFKD", f"{authors.split(',')[0]}|{title}")
    first, _, rest = named.encode("ascii", "ignore").decode().lower().partition("|")
    words = [word for word in re.findall(r"[a-z]+", rest) if len(word) > 3]
    return "".join(re.findall(r"[a-z]", first)) + year + "".join(words[:1])


def _written(kind: str, key: str, fields: dict[str, str]) -> str:
    """Return an entry with its texts escaped for LaTeX."""
    escaped = {name: _SPECIAL.sub(r"\\\1", text) for name, text in fields.items()}
    return entry(kind, key, escaped)


def entry(kind: str, key: str, fields: dict[str, str]) -> str:
    """Return an entry of fields that are LaTeX already."""
    lines = [f"  {name} = {{{text}}}" for name, text in fields.items()]
    return f"@{kind}{{{key},\n" + ",\n".join(lines) + "\n}"
