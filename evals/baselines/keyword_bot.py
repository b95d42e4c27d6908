"""The keyword bot, as a judge: substring hits, weighted and summed. Its words and weights are data
(keyword_bot.yaml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from agent.records import JudgeIdentity, Judgment, Paper, Record, Usage

FILE = Path(__file__).with_name("keyword_bot.yaml")


class Weights(Record):
    """A hit in the title, a hit elsewhere, the prior of the query's tier, and the sum from which a paper is kept."""

    title: int
    text: int
    family: int
    threshold: int


class Family(Record):
    """One query: a paper holding any of its strings is found by it, and leans to its tier."""

    name: str
    tier: str
    query: tuple[str, ...]


class Subcategory(Record):
    name: str
    keywords: tuple[str, ...]
    leaves: tuple[str, ...]


class BotTier(Record):
    """``other`` stands for the leaves when no subcategory has a hit."""

    other: tuple[str, ...]
    subcategories: tuple[Subcategory, ...]


class Words(Record):
    weights: Weights
    context: tuple[str, ...]
    families: tuple[Family, ...]
    tiers: Mapping[str, BotTier]

    @property
    def leaves(self) -> frozenset[str]:
        """All leaves that the bot may name."""
        named = (
            leaves
            for tier in self.tiers.values()
            for leaves in (tier.other, *(each.leaves for each in tier.subcategories))
        )
        return frozenset().union(*named)


class KeywordBot:
    """Implements Judge. It learns nothing, so there is nothing to leave out."""

    def __init__(self, words: Words, taxonomy: str) -> None:
        self.identity = JudgeIdentity(name="keyword-bot", model="-", prompt="-", taxonomy=taxonomy)
        self.usage = Usage()
        self._words = words

    def prepare(self, tonight: Sequence[Paper]) -> None:
        """Nothing to prepare."""

    async def judge(self, paper: Paper) -> Judgment:
        """Keep a paper whose weighted sum reaches the threshold; its tier and subcategory are the best sums, ties to
        the alphabetically last. The score is sum / (sum + threshold): 0.5 where the bot would keep it."""
        title, text = paper.title.lower(), f"{paper.title}\n{paper.abstract}".lower()
        weights = self._words.weights

        def hits(keywords: Sequence[str]) -> int:
            return sum(weights.title if word in title else weights.text for word in keywords if word in text)

        family = next((each for each in self._words.families if any(word in text for word in each.query)), None)
        parts = {
            name: sorted(((hits(each.keywords), each.name, each.leaves) for each in tier.subcategories), reverse=True)
            for name, tier in self._words.tiers.items()
        }
        sums = {
            name: sum(hit for hit, _, _ in found) + (weights.family if family and family.tier == name else 0)
            for name, found in parts.items()
        }
        total = sum(sums.values()) if any(word in text for word in self._words.context) else 0
        _, tier = max((found, name) for name, found in sums.items())
        best = [leaf for hit, _, leaves in parts[tier] if hit for leaf in leaves] or list(self._words.tiers[tier].other)
        return Judgment(
            paper_id=paper.id,
            grade=2 if total >= weights.threshold else 0,
            score=total / (total + weights.threshold),
            primary=best[0],
            top=tuple(best[:3]),
            reason=f"keyword sum {total}; tier {tier}",
            judge=self.identity,
        )


def read_words() -> Words:
    """Read the bot's words and weights."""
    return Words.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
