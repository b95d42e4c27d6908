"""Institutes as lists print them where others print authors: universities, companies, laboratories."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_KINDS: Final = frozenset(
    """
    university universities univ institute institutes institution college school academy academia lab labs
    laboratory laboratories research center centre hospital clinic inc corp corporation ltd company group technologies
    universit\u00e4t universit\u00e9 universidad universidade universit\u00e0 hochschule \u00e9cole ecole polytechnique
    politecnico
    """.split()  # noqa: SIM905 (read as prose)
)
_NAMES: Final = frozenset(
    """
    google deepmind openai meta fair microsoft msr nvidia apple amazon aws ibm intel huawei tencent alibaba damo ant
    baidu bytedance tiktok kuaishou meituan jd xiaomi sensetime megvii anthropic cohere mistral salesforce adobe samsung
    sony naver kakao lg uber netflix spotify bloomberg linkedin snap disney bosch siemens qualcomm amd deepseek
    moonshot zhipu baai ai2 mila eleutherai huggingface mit cmu eth epfl ethz stanford berkeley ucb ucla
    ucsd ucsb uiuc uw umd umass upenn harvard princeton yale cornell columbia caltech oxford cambridge ucl mpi tum kth
    tsinghua thu pku ustc sjtu zju nju fudan ruc buaa hit cas casia hku hkust cuhk cityu polyu nus ntu smu astar kaist
    snu postech riken mbzuai kaust technion vector usc nyu gatech jhu ut tamu asu
    inria cnrs nasa csail
    """.split()  # noqa: SIM905 (read as prose)
)
_BESIDE: Final = frozenset({"ai", "uc", "uni"})
"""What makes an institute of a name beside it: ``Meta AI``."""
_ACRONYM: Final = 4
_CHINESE: Final = re.compile(
    r"(?:\u5927\u5b66|\u5b66\u9662|\u7814\u7a76\u9662|\u7814\u7a76\u6240|\u516c\u53f8|\u5b9e\u9a8c\u5ba4|\ub300\ud559\uad50|\u5927\u5b78)$"
)
_WORD: Final = re.compile(r"[^\W\d_]+\d?")


def are_institutes(names: Sequence[str]) -> bool:
    """Say whether all of these names are of universities, companies and the like, none of them a person's."""
    return bool(names) and all(_is_institute(name) for name in names)


def _is_institute(name: str) -> bool:
    """Say whether a name is an institute's; people are called Bosch, Cambridge or Yale too, by one of two words."""
    if _CHINESE.search(name.strip()):
        return True
    printed = _WORD.findall(name)
    words = [word.casefold() for word in printed]
    if not words:
        return False
    if not _KINDS.isdisjoint(words):
        return True
    known = sum(word in _NAMES for word in words)
    if len(words) == 2 and known == 1:
        acronym = any(word.isupper() and len(word) <= _ACRONYM and word.casefold() in _NAMES for word in printed)
        return not _BESIDE.isdisjoint(words) or (acronym and not all(word.isupper() for word in printed))
    return known > 0 and (len(words) == 1 or words[0] in _NAMES or 2 * known >= len(words))
