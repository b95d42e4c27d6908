"""The arXiv categories that a list reads, and those in which its papers are announced.

Categories and what they hold: https://arxiv.org/category_taxonomy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

_CUES: Final[Mapping[str, str]] = {
    "cs.CV": "image video visual vision 3d 4d vlm pixel camera photo* depth pose segmentation face facial scene "
    "nerf ocr radiance-field gaussian-splatting point-cloud object-detection super-resolution optical-flow "
    "remote-sensing",
    "cs.RO": "robot* manipulation grasp* locomotion quadruped* humanoid drone uav slam lidar embodied self-driving "
    "vision-language-action autonomous-driving autonomous-vehicle motion-planning",
    "cs.SD": "speech audio* speaker voice music* acoustic* sound singing text-to-speech tts asr hydrophone",
    "eess.AS": "speech audio* speaker voice acoustic* singing text-to-speech tts asr hydrophone",
    "eess.IV": "medical-image medical-imaging mri x-ray radiolog* radiograph* ultrasound* histopatholog* histolog* "
    "tomograph* image-compression image-restoration super-resolution",
    "eess.SP": "radar eeg ecg electroencephalogra* electrocardiogra* channel-estimation beamforming wireless",
    "eess.SY": "power-grid power-system smart-grid control-system predictive-control",
    "cs.CR": "adversarial-attack backdoor jailbreak* malware vulnerabilit* fuzzing phishing intrusion watermark* "
    "cyber* poisoning encrypt* privacy-preserving differential-privacy membership-inference",
    "cs.HC": "human-computer user-interface interface accessibility virtual-reality augmented-reality eye-tracking "
    "gaze usability visualization user-study human-ai",
    "cs.GR": "rendering mesh animation texture avatar motion-generation gaussian-splatting radiance-field",
    "cs.SI": "social-network social-media community-detection misinformation fake-news rumor rumour "
    "influence-maximization",
    "cs.DB": "database sql text-to-sql data-lake entity-resolution data-cleaning query-optimization spreadsheet",
    "cs.DC": "federated distributed-training parallelism serverless edge-computing",
    "cs.NE": "evolutionary neuroevolution genetic-algorithm genetic-programming spiking swarm "
    "neural-architecture-search",
    "cs.MA": "multi-agent multiagent",
    "cs.DL": "bibliometric* citation scholarly scientometric* peer-review",
    "cs.CY": "education* student classroom tutor* fairness ethic* societ*",
    "cs.NI": "wireless 5g 6g network-traffic telecom*",
    "cs.AR": "accelerator fpga verilog rtl hardware-design chip-design in-memory-computing",
    "cs.LO": "theorem prover autoformaliz* formal-proof proof-assistant formal-verification",
    "cs.PL": "compiler program-synthesis programming-language type-inference code-generation",
    "cs.GT": "auction mechanism-design game-theor* nash equilibri*",
    "stat.ML": "causal* bayesian gaussian-process conformal variational-inference kernel-method bandit",
    "stat.ME": "causal-inference causal-discovery treatment-effect instrumental-variable",
    "math.OC": "convex-optimization stochastic-gradient nonconvex mixed-integer optimal-control "
    "combinatorial-optimization",
    "quant-ph": "quantum* qubit",
    "q-bio.BM": "protein* antibod* peptide molecular-docking",
    "q-bio.QM": "drug biolog* biomedical cell genom* gene rna dna protein*",
    "q-bio.GN": "genom* gene rna dna single-cell transcriptom*",
    "q-bio.NC": "brain neuroscience fmri neural-activity cortex cortical",
    "physics.chem-ph": "molecul* chemi* force-field interatomic retrosynthesis reaction",
    "cond-mat.mtrl-sci": "material crystal* alloy interatomic",
    "physics.ao-ph": "weather climate atmospher* precipitation ocean*",
    "astro-ph.IM": "astronom* galax* telescope cosmolog* exoplanet",
    "q-fin.ST": "stock trading financial finance portfolio",
}
"""What a title says when a paper belongs there, singular; a dash stands
between words that follow each other, a star for any ending."""
_LIKELY: Final = 0.1
"""Share of the titles from which a category is likely."""
_FEWEST: Final = 4
"""Titles that must say so; fewer are chance."""
_FILED_AS: Final[Mapping[str, str]] = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}
"""Categories of two names, by the one that arXiv does not put first. Source: CATEGORY_ALIASES of
https://github.com/arXiv/arxiv-base (``arxiv/taxonomy/definitions.py``)."""


def is_read(paper: Sequence[str], read: Collection[str], *, cross_lists: bool) -> bool:
    """Say whether a paper of these categories, the primary one first, is announced in the categories that are read.

    ``cross_lists``: also by a category that is not its primary one. A category of two names is one.
    """
    return not set(map(_filed_as, read)).isdisjoint(map(_filed_as, paper if cross_lists else paper[:1]))


def _filed_as(category: str) -> str:
    return _FILED_AS.get(category, category)


def count_unread(
    papers: Iterable[Sequence[str]], read: Collection[str], *, cross_lists: bool
) -> tuple[tuple[str, int], ...]:
    """Return the primary categories of the papers that are not read, each with its number of papers, most first.

    A paper without categories is left out.
    """
    unread = (paper[0] for paper in papers if paper and not is_read(paper, read, cross_lists=cross_lists))
    return tuple(Counter(unread).most_common())


def guess_categories(titles: Sequence[str], name: str) -> tuple[str, ...]:
    """Return the categories that a tenth of a list's titles, and four of them, speak of, or its name and any title, the
    likeliest first.

    Categories of language models and machine learning in general (cs.CL, cs.LG, cs.AI) have no words of their own.
    """
    least = max(_FEWEST, _LIKELY * len(titles))
    counts = {}
    for category, cues in _CUES.items():
        pattern = _pattern(cues)
        count = sum(map(bool, map(pattern.search, titles)))
        if count >= least or ((count or not titles) and pattern.search(name)):
            counts[category] = count
    return tuple(sorted(counts, key=lambda category: -counts[category]))


def _pattern(cues: str) -> re.Pattern[str]:
    words = (cue.replace("-", r"[\s-]+").replace("*", r"\w*") for cue in cues.split())
    return re.compile(rf"\b(?:{'|'.join(words)})(?:e?s)?\b", re.IGNORECASE)
