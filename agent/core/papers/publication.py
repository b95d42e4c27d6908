"""The facts in arXiv's comment and journal reference: the venue that accepted a paper, or that it was withdrawn."""

from __future__ import annotations

import re
from typing import Final

from agent.records import Paper

# As the venues write themselves; venues not named here are recognised only after a word of acceptance.
# fmt: off
_ACRONYMS: Final = (
    "3DV", "AAAI", "AACL", "AACL-IJCNLP", "AAMAS", "ACCV", "ACL", "AISTATS", "ASE", "ASPLOS", "BMVC", "CCS", "CHI",
    "CIKM", "COLING", "COLM", "COLT", "CSCW", "CVPR", "CoNLL", "CoRL", "EACL", "ECAI", "ECCV", "ECIR", "ECML-PKDD",
    "EMNLP", "EurIPS", "EuroSys", "FAccT", "FSE", "HPCA", "HRI", "ICASSP", "ICCV", "ICDE", "ICDM", "ICIP", "ICLR",
    "ICME", "ICML", "ICPR", "ICRA", "ICSE", "IJCAI", "IJCNLP", "IJCNLP-AACL", "IROS", "ISBI", "ISCA", "ISMIR", "ISSTA",
    "Interspeech", "JMLR", "KDD", "LREC", "LREC-COLING", "MICCAI", "MIDL", "MLSys", "NAACL", "NDSS", "NSDI", "NeurIPS",
    "OOPSLA", "OSDI", "PAKDD", "PLDI", "POPL", "PPoPP", "RecSys", "SIGCOMM", "SIGGRAPH", "SIGGRAPH Asia", "SIGIR",
    "SIGIR-AP", "SIGMOD", "SOSP", "TACL", "TMLR", "UAI", "UIST", "USENIX Security", "VLDB", "WACV", "WSDM", "WWW",
)
# fmt: on
_SPELLINGS: Final = {name.casefold(): name for name in _ACRONYMS} | {
    "nips": "NeurIPS",
    "sigkdd": "KDD",
    "ijcnlp/aacl": "IJCNLP-AACL",
}
_LINK: Final = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_JOURNALS: Final = frozenset({"JMLR", "TACL", "TMLR"})
# Longest first: the Transactions of the ACL name the ACL too.
_FULL_NAMES: Final = (
    ("Transactions of the Association for Computational Linguistics", "TACL"),
    ("North American Chapter of the Association for Computational Linguistics", "NAACL"),
    ("European Chapter of the Association for Computational Linguistics", "EACL"),
    ("Association for the Advancement of Artificial Intelligence", "AAAI"),
    ("AAAI Conference on Artificial Intelligence", "AAAI"),
    ("Empirical Methods in Natural Language Processing", "EMNLP"),
    ("Transactions on Machine Learning Research", "TMLR"),
    ("Journal of Machine Learning Research", "JMLR"),
    ("International Conference on Learning Representations", "ICLR"),
    ("International Conference on Machine Learning", "ICML"),
    ("Neural Information Processing Systems", "NeurIPS"),
    ("Association for Computational Linguistics", "ACL"),
)
_DATED_NAMES: Final = tuple(
    (re.compile(rf"{re.escape(name)}[\s,(]*(20\d\d)", re.IGNORECASE), acronym) for name, acronym in _FULL_NAMES
)
_TRACKS: Final = (
    (re.compile(r"\bworkshops?\b|\bSRW\b", re.IGNORECASE), "Workshop"),
    (re.compile(r"\bFindings\b|(?<=\d)[\s(]+findings\b|\bfindings of\b|-findings\b"), "Findings"),
    (re.compile(r"\bdatasets?\s*(?:and|&)\s*benchmarks?\b|\bD&B\b", re.IGNORECASE), "Datasets & Benchmarks"),
    (re.compile(r"\bindustry track\b|(?<=\d)[\s(]+industry\b", re.IGNORECASE), "Industry"),
    (re.compile(r"\b(?:demo track|system demonstrations?)\b|(?<=\d)[\s(]+demos?\b", re.IGNORECASE), "Demo"),
)
_ANOTHER_VERSION: Final = re.compile(
    r"\b(?:earlier|previous|prior|preliminary|short|shorter|conference|workshop) version\b[^.;]*"
    r"|\b(?:extended version|extension) of\b[^.;]*"
    r"|\bour\s[^.;]*?\bpaper\b",
    re.IGNORECASE,
)
_PENDING: Final = re.compile(
    r"\b(?:(?:re-?)?submi(?:t|tted|ssion)|(?:under|in|for)\s+(?:[\w-]+\s+)?(?:review|consideration|revision)"
    r"|not\s+(?:yet\s+)?accepted|rejected|withdrawn"
    r"|targeting|(?:targeted|intended|prepared|formatted|planned|aimed|aiming)\s+(?:at|as|for))"
    r"\b[^.;]*?(?=[.;]|$|,?\s+(?:and\s+|now\s+|but\s+)*accepted\b)",
    re.IGNORECASE,
)
_ACCEPTED: Final = re.compile(
    r"\b(?:accepted|to appear|appear(?:s|ed|ing)|to be (?:published|presented)|published|presented|camera)",
    re.IGNORECASE,
)
_ONLY_NAMED: Final = (
    r"(?!\s*(?:[\w-]+\s+){0,2}?(?:style|template|format|challenge|competition|shared\s+task|reviews?|submissions?)\b)"
)
_KNOWN: Final = re.compile(
    r"(?<![\w-])(?P<name>" + "|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True)) + r")"
    r"(?:[\s-]+(?:findings|demo|industry|main|conference))?"
    r"\)?[\s,(]*[-'\u2019]?(?:(?:0?[1-9]|1[0-2])/)?(?P<year>20\d\d|[23]\d)(?!\d|[\s-]*(?:pages?|pp|figures?|tables?)\b)"
    + _ONLY_NAMED,
    re.IGNORECASE,
)
_UNKNOWN: Final = re.compile(
    r"(?<![\w-])(?!(?:USA|UK|UAE|EU|DOI|ISBN|ISSN|LNCS|LNAI)\b)"
    r"(?P<name>(?:[A-Z]{2,9}[ -])?[A-Z][A-Za-z]{0,15}[A-Z0-9][A-Za-z]{0,15}(?:-[A-Z]{1,9})?)"
    r"(?:\)?[\s,(-]*(?P<year>20\d\d)|['\u2019](?P<short>[23]\d))(?!\d)" + _ONLY_NAMED
)


_WHAT: Final = r"(?:(?:this|the|our|my|that)\s+)?(?:paper|article|manuscript|work|preprint|submission|version|it)"
_OUT: Final = r"\bwithdr(?:awn|ew|aw|awing)\b"
_VENUE_NAME: Final = r"(?-i:[A-Z][\w-]{0,20}[A-Z0-9][\w-]{0,20})"
_NOT_FROM_ARXIV: Final = re.compile(
    # Withdrawn from a venue or its review; what is withdrawn from public view is withdrawn from arXiv too.
    rf"{_OUT}(?:\s+{_WHAT})?(?:\s+by\s+(?:(?:the|its|all|us)\s+)?\w*)?\s+from\s+(?!(?:the\s+)?arxiv|public|circulation)"
    # Our submission to a venue: "have withdrawn our submission to ICLR", "withdrawn ICLR submission".
    rf"|{_OUT}\s+(?:(?:our|my|the|its|an?)\s+)?(?:submissions?\s+(?:to|at|from)\b|{_VENUE_NAME}\s+(?:\d+\s+)?submission)"
    # "Submitted to ICLR 2026 and withdrawn", "ICLR 2026 (withdrawn)".
    rf"|\b(?:submi(?:t|tted|ssion)|under\s+review|sent)\s+(?:to|at|for)\s+(?!arxiv)(?:the\s+)?{_VENUE_NAME}[^.;]*?{_OUT}"
    rf"|\b{_VENUE_NAME}[ '\u2019-]?(?:20)?\d\d[ ,(:-]{{0,3}}(?:submission[ ,(:-]{{0,3}})?"
    rf"(?:but\s+|then\s+|later\s+|and\s+)*{_OUT}"
    # Another version, or another paper.
    r"|\b(?:earlier|previous|prior|preliminary|first|old|older|original|initial)\s+(?:arxiv\s+)?"
    rf"(?:version|submission|draft|preprint|paper|manuscript)s?\b[^.;,]*?{_OUT}"
    rf"|\bv(?:ersion\s+)?\d+\s+(?:(?:was|is|has|had|been|of\s+this\s+\w+)\s+)*{_OUT}"
    rf"|\b(?:supersedes|superseding|replaces|replacing|instead\s+of|unlike)\b[^.;]*?{_OUT}"
    rf"|\barxiv:\S+\s*,?\s*(?:\(|which\s+|(?:is|was|has|been)\s+)*{_OUT}"
    # Things that are called withdrawn, and denials.
    r"|\b(?:of|on|about|for|all|some|many|other|to|how)\s+withdrawn\s+(?!by\b|from\b)\w+"
    r"|\bwithdrawn\s+(?:drugs?|products?|papers|articles|manuscripts|preprints|submissions|medicines?)\b"
    r"|\b(?:not|never|no\s+longer)\s+(?:been\s+|be\s+)?withdrawn\b",
    re.IGNORECASE,
)
_LONGEST_COMMENT: Final = 4000
"""Characters: more of a comment, or of a reference to a journal, is not read. arXiv takes far less, and the time that
these patterns take is quadratic in its length."""
_WITHDRAWN: Final = re.compile(
    r"\bwithdrawn\b|\bwithdr(?:aw|ew)\s+(?:this|the|our|my)\s+(?:paper|article|manuscript|preprint|work)\b",
    re.IGNORECASE,
)


_NOTICE: Final = re.compile(
    r"\W*(?:this|the)\s+(?:arxiv\s+)?(?:paper|article|manuscript|preprint|submission|work)\s+(?:has\s+been|was|is)\s+"
    r"(?:\w+ly\s+)?withdrawn\b(?!\s+from\s+(?!(?:the\s+)?arxiv))",
    re.IGNORECASE,
)


def says_withdrawn(comment: str | None, abstract: str = "") -> bool:
    """Say whether an arXiv comment tells that the paper was withdrawn from arXiv, or its abstract begins with that:
    there is no other sign of it.

    Withdrawn from a venue or its review is something else, and so is an earlier version or another paper.
    """
    text = _words_of(comment)
    return bool(_NOTICE.match(abstract) or _WITHDRAWN.search(_NOT_FROM_ARXIV.sub("", text)))


def _words_of(comment: str | None) -> str:
    """Return the beginning of a comment on one line, without links."""
    return _LINK.sub("", " ".join((comment or "")[:_LONGEST_COMMENT].split()))


def accepted_at(paper: Paper) -> tuple[str, int, str] | None:
    """Return (venue, year, track) such as ("EMNLP", 2025, "Findings"), track "" for the main one; None for a preprint.

    A known venue with a year counts without further words, another acronym only after "accepted to" and the like;
    what is said to be submitted, under review, or true of another version of the paper does not count. Where anything
    is, a venue without such a word may be the one it was submitted to.
    """
    if paper.journal_ref and (found := _find(paper.journal_ref, announced=True, year=_year_of(paper))):
        return found
    comment = _ANOTHER_VERSION.sub("", _words_of(paper.comment))
    settled, pending = _PENDING.subn(" submission", comment)
    venues = []
    for sentence in re.split(r"(?<!Proc)\.\s+|;", settled):
        announced = bool(_ACCEPTED.search(sentence))
        if (announced or not pending) and (venue := _find(sentence, announced=announced, year=_year_of(paper))):
            venues.append(venue)
    # A workshop is often where an earlier version was shown.
    return next((venue for venue in venues if venue[2] != "Workshop"), venues[0] if venues else None)


def _year_of(paper: Paper) -> int:
    return (paper.published or paper.announced).year


def _find(text: str, *, announced: bool, year: int) -> tuple[str, int, str] | None:
    text = " ".join(text[:_LONGEST_COMMENT].split())
    known = _KNOWN.search(text)
    if known:
        return _SPELLINGS[known["name"].casefold()], _full_year(known["year"]), _track(text)
    for dated_name, acronym in _DATED_NAMES:
        if dated := dated_name.search(text):
            return acronym, int(dated[1]), _track(text)
    if not announced:
        return None
    if unknown := _UNKNOWN.search(text):
        return unknown["name"].replace("IEEE-", "IEEE "), _full_year(unknown["year"] or unknown["short"]), _track(text)
    for full_name, acronym in _FULL_NAMES:
        if full_name.casefold() in text.casefold():
            printed = re.search(r"(?<!\d)20\d\d(?!\d)", text)
            if printed or acronym in _JOURNALS:
                return acronym, int(printed[0]) if printed else year, _track(text)
    journal = next((word for word in re.findall(r"\w+", text) if word in _JOURNALS), None)
    return (journal, year, "") if journal else None


def _full_year(digits: str) -> int:
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _track(text: str) -> str:
    return next((name for pattern, name in _TRACKS if pattern.search(text)), "")
