"""The words of the links beside a title, such as ``paper`` or ``code``, with the places they lead to."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Final, Literal

from agent.core.arxiv.ids import base_id
from agent.core.papers.words import find_words

Label = Literal["paper", "code", "page", "extra"]

_PAPER: Final = frozenset(
    """
    paper papers pdf arxiv abs abstract html link url doi openreview preprint acl anthology publication article read
    here pmlr jmlr ads hal ssrn biorxiv medrxiv pubmed iacr inspire
    论文地址 论文链接 paperlink arxivlink eprint proceedings ieee acm aclanthology cvf springer
    论文 链接 原文 論文 リンク 논문 링크 원문
    artículo artigo enlace статья ссылка artikel articolo lien volltext aufsatz texte texto
    全文 本文
    """.split()  # noqa: SIM905 (read as prose)
)
_CODE: Final = frozenset(
    """
    code codes github git gitlab repo repository implementation pytorch tensorflow jax python matlab source official
    代码 仓库 代码地址 代码链接 程式碼 コード 코드 구현 código код репозиторий repositorio repositório codice quellcode
    """.split()  # noqa: SIM905 (read as prose)
)
_PAGE: Final = frozenset(
    """
    project page website web site homepage home projectpage webpage 主页 项目 專案 プロジェクト 프로젝트 홈페이지 페이지
    página proyecto projeto сайт проект projekt projet
    """.split()  # noqa: SIM905 (read as prose)
)
_EXTRA: Final = frozenset(
    """
    data dataset datasets demo video videos slides slide poster blog model models hf huggingface hugging face weights
    checkpoint checkpoints talk tweet twitter x bib bibtex citation cite supp supplementary appendix notes note review
    space spaces colab notebook docs documentation tool platform benchmark leaderboard youtube post news media download
    app api kaggle zenodo 数据 博客 视频 模型 データ ブログ モデル データセット 데이터 데이터셋 블로그 모델 영상
    datos dados dati données daten данные modello modelli vídeo vídeos vidéo видео modelo modelos modèle modell модель
    folien diapositivas
    слайды разбор 解读 笔记 幻灯片 演示 スライド 動画 解説 슬라이드 발표자료
    """.split()  # noqa: SIM905 (read as prose)
)
_NEUTRAL: Final = frozenset("official link url here html source 链接".split())  # noqa: SIM905
"""What only the address tells."""
_PAGE_SIGNS: Final = frozenset({"\U0001f310", "\U0001f3e0", ":globe_with_meridians:", ":house:"})
_JOINING: Final = frozenset({"and", "the", "of", "official", "full", "arxiv", "version"})
_ALL: Final = _PAPER | _CODE | _PAGE | _EXTRA
_REPOSITORY: Final = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|gitee\.com)/[\w.-]+/[\w.-]+",
    re.IGNORECASE | re.ASCII,
)
_HUB: Final = re.compile(r"https?://(?:www\.)?huggingface\.co/(?!papers/)[\w./-]+", re.IGNORECASE | re.ASCII)
_PENDING: Final = re.compile(
    r"\s*\((?:not yet|(?:coming )?soon|to be released|to-?do|tb[ad]|wip)[.!]*\)", re.IGNORECASE
)
"""What says that a link leads to nothing yet."""
_WORDS: Final = re.compile(
    r"\[[\[`]*(?P<label>(?:[^\[\]]|!\[[^\]]*\]\([^)]*\))*?)`?\](?:`?\])*\(|<a\b[^>]*>(?P<inside>.*?)</a",
    re.IGNORECASE | re.DOTALL,
)
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
_ASIDE: Final = re.compile(r"\s*[(\uff08][^()\uff08\uff09]*[)\uff09]|\s+[-\u2013]\s+\w+(?=\W*$)")
"""What a name is said to be more exactly: ``Code (not yet)``, ``official code - caffe``."""
_TOLD_ID: Final = re.compile(r"\(arXiv:\d{4}\.\d{4,5}\)?$")
_MARKUP: Final = re.compile(r"!\[[^\]]*\]\([^)]*\)|<[^>]*>")
_COUNTED_BADGE: Final = re.compile(
    r"(img\.shields\.io/badge/[^-\s\"')/]+)-(?!(?:19|20)\d\d-)\d[\d.,]*(?:%2B|[kK+])?(?=-)"
)
"""A badge that shows how many stars another repository has."""
_OWNER: Final = re.compile(
    r"(?:github\.com|gitlab\.com|img\.shields\.io/github/[\w/-]*?)/"
    r"(?P<name>[\w.-]+/[\w.-]+?)(?=\.svg|\.git\b|[?)\s\"'#/]|$)"
)
_PAPER_HOST: Final = re.compile(
    r"arxiv\.org|alphaxiv\.org|ar5iv|huggingface\.co/papers/|aclanthology\.org|aclweb\.org|openreview\.net|doi\.org|/doi/|\.pdf(?:$|[?#])"
    r"|proceedings|papers\.n(?:eur)?ips\.cc|openaccess\.thecvf|semanticscholar\.org|biorxiv\.org|medrxiv\.org|nature\.com/articles"
    r"|sciencedirect|springer|ieeexplore|dl\.acm\.org|ojs\.aaai|jmlr\.org|mlr\.press|ssrn\.com|frontiersin|mdpi\.com|academic\.oup"
)


@lru_cache(maxsize=4096)
def label_of(text: str) -> Label | None:
    """Return what a link of this name leads to, or None for a name that is no label: a title."""
    words = find_words(text.casefold())
    if text.strip("\ufe0f ") in _PAGE_SIGNS:
        return "page"
    if not words or len(words) > 4:
        return None
    named = [word for word in words if word in _ALL]
    if not named or not all(word in _ALL or word in _JOINING or word.isdigit() for word in words):
        general = _ASIDE.sub("", text)
        if general != text and words[0] in named and is_label_text(general):
            return label_of(general)
        return "paper" if base_id(text) else None
    if _TOLD_ID.search(text) and not _PAPER.isdisjoint(words) and not _PAPER.issuperset(named):
        return None  # ``Repo (arXiv:2512.00001)`` is how a title is printed that is but such a name
    if any(word in _CODE and word != "official" for word in words):
        return "code"
    if all(word in _PAPER or word in _JOINING or word.isdigit() for word in words):
        return "paper"
    return "page" if any(word in _PAGE for word in words) else "extra"


def is_neutral(text: str) -> bool:
    """Say whether a link of this name may lead to a paper or to code alike: ``here``, ``official``."""
    return _NEUTRAL.issuperset(find_words(text.casefold()))


def is_label_text(text: str) -> bool:
    """Say whether a text is made of such names only, as an unlinked ``[code]`` is, or ``Paper:``."""
    words = find_words(text.casefold())
    return bool(words) and all(word in _ALL or word in _JOINING for word in words)


def leads_to_paper(url: str | None) -> bool:
    """Say whether an address is one of those where papers lie; none is not."""
    return url is not None and _PAPER_HOST.search(url.lower()) is not None


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


def relink(text: str, old: str, url: str, shared: Collection[str]) -> str | None:
    """Return the source of an optional link with another address, its badge included.

    ``old`` is the address in it, empty for a badge alone; ``shared`` is what links of several entries are called. A
    link that is called like its repository gets the name of the new one. None where a badge cannot show the new
    address, or where the link is called by another paper's own words.
    """
    text = _COUNTED_BADGE.sub(r"\1", text)
    owner = _OWNER.search(text)
    repository = "/".join(url.split("/")[3:5])
    if not old:
        return text.replace(owner["name"], repository) if owner and "github.com" in url else None
    if old in (label := link_words(text)):
        return text.replace(label, url, 1).replace(old, url)  # ``[tool: https://...](https://...)``
    named = _renamed(text, owner["name"] if owner else "", repository, shared)
    if named is None:
        return None
    text = named.replace(old, url)
    if owner and owner["name"] in text and "img.shields" in text:
        return text.replace(owner["name"], repository) if "github.com" in url else None
    return text


def link_words(link: str) -> str:
    """Return the words that a link in Markdown or HTML shows, empty where it shows but images."""
    found = _WORDS.search(link)
    return _MARKUP.sub("", found["label"] or found["inside"] or "").strip() if found else ""


def rename_link(link: str, words: str) -> str:
    """Return a link that shows other words; its address, and what images in it are called, stay."""
    found, shown = _WORDS.search(link), link_words(link)
    if not found or not shown:
        return link
    start, end = found.span("inside" if found["label"] is None else "label")
    at = _MARKUP.sub(lambda markup: "\0" * len(markup[0]), link[start:end]).find(shown)
    return link if at < 0 else link[: start + at] + words + link[start + at + len(shown) :]


def _renamed(text: str, old: str, new: str, shared: Collection[str]) -> str | None:
    """Return an optional link with the words that a new paper's link has, or None when they are another paper's own."""
    label = link_words(text)
    if found := _PENDING.search(label):
        text, label = text.replace(found[0], "", 1), label.replace(found[0], "", 1)
    general = _ASIDE.sub("", label)
    known = label_of(label) is not None and (general == label or is_label_text(label))
    if not re.search(r"\w", _SHORTCODE.sub("", label)) or label in shared or known:
        return text
    if general != label and label_of(general) is not None:
        return rename_link(text, general)
    bare = _letters(label)
    if len(bare) > 1 and any(bare in _letters(name) or _letters(name) in bare for name in old.split("/") if name):
        return rename_link(text, new.split("/")[-1])
    return None


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]", text.casefold()))
