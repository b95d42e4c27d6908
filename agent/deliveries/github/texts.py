"""The words of a pull request and its commits: what people read, and the marks by which a run knows its own work."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from agent.core.escaping import without_mentions
from agent.records import Draft

BODY_LIMIT: Final = 65_536
"""Characters GitHub takes in the body of a pull request or comment."""
TITLE_LIMIT: Final = 256
"""Characters GitHub takes in the title of a pull request."""

PAPER_TRAILER: Final = "Triage-Paper"
COMMAND_TRAILER: Final = "Triage-Command"

_DRAFT: Final = "Draft: "
_MARKER: Final = re.compile(r"<!-- triage-(delivered|by-hand):([^>]*)-->")
_CUT: Final = "\n\n*(Cut here: GitHub takes no more text.)*"


def commit_message(draft: Draft, run_id: str) -> str:
    """Return the message of the one commit that proposes a paper: title, verdict, and trailers that name the paper."""
    quotes = "\n".join(f"> {without_mentions(quote)}" for quote in draft.evidence)
    also = f"; also considered: {', '.join(draft.secondary)}" if draft.secondary else ""
    verdict = f"Proposed for {draft.section} with a score of {draft.score:.2f}{also}. The abstract says:\n\n{quotes}"
    title = without_mentions(draft.title)
    return f"{_DRAFT}{title}\n\n{verdict}\n\n{PAPER_TRAILER}: {draft.paper_id}\nTriage-Run: {run_id}\n"


def drafted_title(subject: str) -> str:
    """Return the title of the paper that a commit proposes, from its subject."""
    return subject.removeprefix(_DRAFT)


def command_message(action: str, title: str, login: str, comment_id: str) -> str:
    """Return the message of a commit that does what a comment asked; its trailer keeps it from being redone."""
    trailer = f"{COMMAND_TRAILER}: {comment_id}"
    return f"{action}: {without_mentions(title)}\n\nAsked for by {login} in a comment.\n\n{trailer}\n"


def page_message(action: str, title: str, reviewer: str) -> str:
    """Return the message of a commit that does what was decided on the review page."""
    return f"{action}: {without_mentions(title)}\n\nDecided by {without_mentions(reviewer)} on the review page.\n"


def split_title(review: str) -> tuple[str, str]:
    """Return the title of the pull request, which is the first line ``# ...`` of the review text, and the rest.

    A title that is longer than GitHub takes is cut.
    """
    first, _, rest = review.partition("\n")
    title, text = (first[2:].strip(), rest.lstrip("\n")) if first.startswith("# ") else ("Triage drafts", review)
    return title if len(title) <= TITLE_LIMIT else f"{title[: TITLE_LIMIT - 1]}\u2026", text


def is_title_of_ours(title: str, tonights: str) -> bool:
    """Return whether the title of a pull request is one that we gave: it begins with the word that tonight's does."""
    return title.split(" ", 1)[0] == tonights.split(" ", 1)[0]


def delivered_papers(body: str) -> frozenset[str]:
    """Return the ids of the papers ever put on the branch of this pull request, as its body remembers them."""
    return _remembered(body, "delivered")


def papers_by_hand(body: str) -> frozenset[str]:
    """Return the ids of the papers that the text of this pull request ever left to people, as its body remembers."""
    return _remembered(body, "by-hand")


def _remembered(body: str, kind: str) -> frozenset[str]:
    return frozenset(paper_id for match in _MARKER.finditer(body) if match[1] == kind for paper_id in match[2].split())


def finish_body(text: str, delivered: Iterable[str], by_hand: Iterable[str] = ()) -> str:
    """Return the body with its memory of delivered papers and of those left to people, at most ``BODY_LIMIT``
    characters.

    The review text is expected to fit; if it does not, it is cut at a line end and says so.
    """
    left = " ".join(sorted(by_hand))
    marker = f"\n\n<!-- triage-delivered: {' '.join(sorted(delivered))} -->\n"
    marker += f"<!-- triage-by-hand: {left} -->\n" if left else ""
    text = _MARKER.sub("", text).rstrip()
    room = BODY_LIMIT - len(marker)
    if len(text) > room:
        text = text[: room - len(_CUT) - len("\n\n</details>") * text.count("<details")]
        text = text[: text.rfind("\n") + 1].rstrip()
        text += "\n\n</details>" * (text.count("<details") - text.count("</details")) + _CUT
    return text + marker


def conflict_comment(base: str, branch: str, catalog_path: str) -> str:
    """Return what is said on the pull request when the base no longer merges into it."""
    return (
        f"`{base}` and `{branch}` changed the same lines, so tonight's drafts could not be added here. Nothing on this "
        f"branch was touched. Merge `{base}` into `{branch}` and resolve `{catalog_path}` (or use *Resolve conflicts* "
        "below); the next run goes on from there."
    )


def comment_text(text: str, key: str) -> str:
    """Return a comment with its mark, at most ``BODY_LIMIT`` characters."""
    end = f"\n\n{comment_mark(key)}"
    room = BODY_LIMIT - len(end)
    return (text if len(text) <= room else text[: room - len(_CUT)] + _CUT) + end


def comment_mark(key: str) -> str:
    """Return the invisible mark of a comment that is to be posted once."""
    return f"<!-- triage-said: {key} -->"
