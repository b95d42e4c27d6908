"""The kinds of headings in a list: a subject, a place inside one (a year, a venue, a letter), or the list itself."""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = re.compile(r"\A(?P<number>\d{1,2}(?:\.\d{1,2})*)\.?(?=\s|$)\s*")
"""The number that a heading may begin with; two digits at most: a year is no number of a section."""

_CONTENTS: Final = r"(?:table of )?contents?(?: \(?toc\)?)?(?: list)?|toc|index|menu|目录"
_ADMINISTRATION: Final = re.compile(
    r"what'?s new|(?:latest |recent )?(?:news|updates?)(?: (?:and|&) (?:news|updates?))?|change ?log"
    rf"|{_CONTENTS}"
    r"|(?:how to )?(?:contribut\w*|cite\w*)(?: .*)?|citations?|citing(?: .*)?|bibtex|reference to this .*|licen[cs]e\w*"
    r"|(?:acknowledge?ments?|thanks)(?: .*)?|contacts?(?: us)?|star(?:gazers?| history).*"
    r"|(?:project )?(?:maintainers?|authors?|team)(?: .*)?|(?:project |our )?(?:\w+ ){0,3}contributors"
    r"|to ?do(?: list)?|roadmap|disclaimers?|faq|support(?: us)?|sponsors?(?:hip)?|join us|installation"
    r"|(?:other |related )?awesome .*(?:lists?|repo\w*)|(?:other|related) (?:paper )?(?:lists|repo\w*|projects)"
    r"|getting started|usage|about(?: us)?|更新\w*|新闻|最新\w*|贡献\w*|引用|许可\w*|致谢|联系\w*|星标历史",
    re.IGNORECASE,
)
_MONTHS: Final = """
    jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august september october
    november december
"""
_VENUES: Final = """
    aaai acl aacl aistats ase asplos arxiv biorxiv ccs chi cikm colm coling colt conll corl corr cvpr dac eacl eccv ecir
    ecml emnlp esec findings fse hpca iccad iccv icde icdm icaps icassp iclr icml icra icse ijcai ijcnn ijcv infocom
    interspeech iros isca iswc issta jair jmlr kdd lrec miccai mlsys mm naacl nature ndss neurips nips nsdi oopsla osdi
    pami pldi pmlr pnas popl preprint preprints recsys rss sigcomm sigir sigkdd siggraph sigmod sosp starsem tacl tip
    tkde tmlr tnnls tois tosem tpami tse tvcg uai uist usenix vldb wacv wmt wsdm www
"""
_KINDS: Final = "year years venue venues conference conferences journal journals workshop workshops"
_FILLERS: Final = """
    and at in of the on before after until earlier older later since pre post prior to recent newer accepted published
    papers paper main track tracks security transactions proceedings long short demo industry other others mid early
    late q
"""
_TELLING: Final = frozenset(f"{_MONTHS} {_VENUES} {_KINDS}".split())
_PLACE_WORDS: Final = _TELLING.union(_FILLERS.split())
_SHORTCODE: Final = re.compile(r":[a-z0-9_+-]+:")
_LETTER: Final = re.compile(r"[A-Za-z#](?:\s*[-\u2013\u2014~]\s*[A-Za-z])?|0\s*[-\u2013\u2014]\s*9")
_YEAR: Final = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CHINESE_YEAR: Final = re.compile(r"年?(?:\d*月)?(?:之前|以前|及以前|及之前)?")


def plain_name(heading: str) -> str:
    """Return the words of a heading, without the emoji shortcodes (``:star:``) that decorate it."""
    return " ".join(_SHORTCODE.sub(" ", heading).split())


def is_place(heading: str) -> bool:
    """Say whether a heading only sorts entries by year, venue or letter (``2024``, ``ACL 2023``, ``A - C``)."""
    text = " ".join(re.sub(r"[^\w\s#-]|_", " ", plain_name(heading)).split())
    if _LETTER.fullmatch(text):
        return True
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", text)]
    dated = _YEAR.search(text) is not None
    if dated and _CHINESE_YEAR.fullmatch("".join(words)):
        return True
    return (dated or not _TELLING.isdisjoint(words)) and _PLACE_WORDS.issuperset(words)


def is_administration(heading: str) -> bool:
    """Say whether a heading is about the list itself (``News``, ``How to contribute``): what stands there is no
    entry."""
    return _ADMINISTRATION.fullmatch(_words(heading)) is not None


def is_contents(heading: str) -> bool:
    """Say whether a heading is that of a table of contents."""
    return re.fullmatch(_CONTENTS, _words(heading), re.IGNORECASE) is not None


def _words(heading: str) -> str:
    """Return a heading without number, emoji and signs."""
    return " ".join(re.sub(r"[^\w\s'()&]|_", " ", NUMBER.sub("", plain_name(heading))).split())
