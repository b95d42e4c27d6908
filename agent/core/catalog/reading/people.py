"""Find authors who are linked to their pages, or marked with the numbers of their institutes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from agent.core.catalog.formats.inline import Node
from agent.core.catalog.pieces.labels import label_of, leads_to_code, leads_to_paper
from agent.core.catalog.pieces.names import Manner, lead_of_names, read_names
from agent.core.catalog.reading.scanned import EDGE, SENTENCE_END, strip_edges

_NUMBER: Final = re.compile(r"<(?P<close>/?)sup\b", re.IGNORECASE)
_LONGEST: Final = 4


class People(NamedTuple):
    """The authors in a run of nodes: from which to which node, and where their names stand."""

    first: int
    stop: int
    start: int
    end: int
    names: tuple[str, ...]
    manner: Manner


def may_have_people(source: str, links: Sequence[tuple[Node, tuple[Node, ...]]], seen: Callable[[Node], str]) -> bool:
    """Say whether an entry of this source, with these links, may have such authors at all, which most have not."""
    return "<sup" in source or any(_is_person(node, seen) for node, _ in links)


def find_people(source: str, nodes: Sequence[Node], seen: Callable[[Node], str]) -> People | None:
    """Return the first authors of whom some are links to pages or have numbers after them; None where there are none.

    ``seen`` tells what a reader sees of a node. Names printed as plain words are not looked for.
    """
    marked = [i for i, node in enumerate(nodes) if _is_number(source, node) or _is_person(node, seen)]
    if not marked:
        return None
    first = stop = marked[0]
    while first > 0 and (nodes[first - 1].kind == "text" or first - 1 in marked):
        first -= 1
    while stop < len(nodes) and (nodes[stop].kind == "text" or stop in marked):
        stop += 1
    words, end, numbered = "", nodes[stop - 1].end, False
    for node in nodes[first:stop]:
        if _is_number(source, node):
            numbered = not source.startswith("</", node.start)
        elif not numbered and node.kind != "tag":
            text = seen(node) if node.kind == "link" else source[node.start : node.end]
            if node.kind == "text" and (sentence := SENTENCE_END.search(text)) is not None:
                words, end = words + text[: sentence.start()], node.start + sentence.start()
                break
            words += text
    named = read_names(words.strip(EDGE.replace(".", "").replace("(", "")), sure=True)
    if named is None:
        return None
    start = nodes[first].start
    start = strip_edges(source, start, nodes[first].end)[0] if nodes[first].kind == "text" else start
    end = start + len(source[start:end].rstrip(" \t\n,;.("))
    if source[end : end + 1] == "." and named[1].et_al.endswith(".") and named[1].most is not None:
        end += 1
    return People(first, stop, start + lead_of_names(source[start:end]), end, *named)


def _is_number(source: str, node: Node) -> bool:
    return node.kind == "tag" and _NUMBER.match(source, node.start) is not None


def _is_person(node: Node, seen: Callable[[Node], str]) -> bool:
    """Return whether a link is called by the name of a person: it leads to no paper and no code."""
    if node.kind != "link":
        return False
    name = seen(node).strip(" ,*")
    if not 1 < len(name.split()) <= _LONGEST or label_of(name) is not None or node.find("image"):
        return False
    elsewhere = leads_to_paper(node.url) or leads_to_code(node.url)
    return not elsewhere and read_names(name, sure=True) is not None
