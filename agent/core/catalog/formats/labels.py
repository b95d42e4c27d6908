"""The words of the links beside a title, such as ``paper`` or ``code``, with the places they lead to."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

from agent.core.arxiv.ids import base_id

Label = Literal["paper", "code", "page", "extra"]

_PAPER: Final = frozenset(
    """
    paper papers pdf arxiv abs abstract html link url doi openreview preprint acl anthology publication article read
    here paperlink arxivlink eprint proceedings ieee acm aclanthology cvf springer 论文 链接 原文
    """.split()  # noqa: SIM905 (read as prose)
)
_CODE: Final = frozenset(
    """
    code codes github git gitlab repo repository implementation pytorch tensorflow jax source official
    代码 仓库
    """.split()  # noqa: SIM905 (read as prose)
)
_PAGE: Final = frozenset("project page website web site homepage home projectpage webpage 主页 项目".split())  # noqa: SIM905
_EXTRA: Final = frozenset(
    """
    data dataset datasets demo video videos slides slide poster blog model models hf huggingface hugging face weights
    checkpoint checkpoints talk tweet twitter x bib bibtex citation cite supp supplementary appendix notes note review
    space spaces colab notebook docs documentation tool platform benchmark leaderboard youtube post news media download
    app api kaggle zenodo 数据 博客 视频 模型
    """.split()  # noqa: SIM905 (read as prose)
)
_JOINING: Final = frozenset({"and", "the", "of", "official", "full", "arxiv", "version"})
_WORD: Final = re.compile(r"[^\W_]+")
_ALL: Final = _PAPER | _CODE | _PAGE | _EXTRA
_REPOSITORY: Final = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com)/[\w.-]+/[\w.-]+",
    re.IGNORECASE | re.ASCII,
)
_HUB: Final = re.compile(r"https?://(?:www\.)?huggingface\.co/(?!papers/)[\w./-]+", re.IGNORECASE | re.ASCII)
_PAPER_HOST: Final = re.compile(
    r"arxiv\.org|alphaxiv\.org|ar5iv|huggingface\.co/papers/|aclanthology\.org|aclweb\.org|openreview\.net|doi\.org|/doi/|\.pdf(?:$|[?#])"
    r"|proceedings|papers\.n(?:eur)?ips\.cc|openaccess\.thecvf|semanticscholar\.org|biorxiv\.org|medrxiv\.org|nature\.com/articles"
    r"|sciencedirect|springer|ieeexplore|dl\.acm\.org|ojs\.aaai|jmlr\.org|mlr\.press|ssrn\.com|frontiersin|mdpi\.com|academic\.oup",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def label_of(text: str) -> Label | None:
    """Return what a link of this name leads to, or None for a name that is no label: a title."""
    words = _WORD.findall(text.casefold())
    if not words or len(words) > 4:
        return None
    named = [word for word in words if word in _ALL]
    if not named or not all(word in _ALL or word in _JOINING or word.isdigit() for word in words):
        return "paper" if base_id(text) else None
    if any(word in _CODE and word != "official" for word in words):
        return "code"
    if all(word in _PAPER or word in _JOINING or word.isdigit() for word in words):
        return "paper"
    return "page" if any(word in _PAGE for word in words) else "extra"


def is_paper_label(text: str) -> bool:
    """Say whether a link of this name leads to a paper, not to its code or page."""
    return label_of(text) == "paper"


def is_label_text(text: str) -> bool:
    """Say whether a text is made of such names only, as an unlinked ``[code]`` is, or ``Paper:``."""
    words = _WORD.findall(text.casefold())
    return bool(words) and all(word in _ALL or word in _JOINING for word in words)


def leads_to_paper(url: str) -> bool:
    """Say whether an address is one of those where papers lie."""
    return _PAPER_HOST.search(url) is not None


def leads_to_code(url: str) -> bool:
    """Say whether an address is that of a repository."""
    return _REPOSITORY.match(url) is not None


def find_repository(text: str) -> str | None:
    """Return the first address of a repository or a model hub in an abstract or comment, or None."""
    found = _REPOSITORY.search(text) or _HUB.search(text)
    return found[0].rstrip(".,;:)/").removesuffix(".git") if found else None


def find_page(text: str) -> str | None:
    """Return the first address of a project page in an abstract or comment, or None."""
    found = re.search(r"https?://[\w.-]+\.(?:github|gitlab)\.io(?:/[\w./-]*)?", text, re.IGNORECASE | re.ASCII)
    return found[0].rstrip(".,;:)") if found else None
