"""An invented list of three leaves (cleaning data, agents, decoding), its papers, and a background off its topic."""

from __future__ import annotations

import asyncio
from itertools import product

from agent.core.survey import taxonomy
from agent.core.survey.known_papers import Known
from agent.core.survey.labelled_papers import LabelledPaper
from agent.judges.local.judge import LocalJudge
from agent.records import Grade, Judgment, Paper
from tests.support.fakes import paper

SURVEY = """
title: Invented
subject: language
tiers: [{id: t, name: T, question: what, test: It is.}]
scope: {in_scope: [data], out_of_scope: [the rest]}
relevance: {out: out, adjacent: near, in_scope: in, core: core}
placement: [by definition]
"""
SECTION = """
section: A
name: A
tier: t
headline: true
leaves:
  - id: clean
    heading: Cleaning
    definition: Removing noise and duplicates from crawled web text.
    must: clean a corpus
    belongs: [deduplication, quality filters of web pages]
    keywords: [cleaning, deduplication, corpus]
    odd: ["Oddly Filed: Dancing Robots"]
  - id: agents
    heading: Agents
    definition: Environments and trajectories in which agents call tools.
    must: release an environment or trajectories
    belongs: [tool use, browsing]
    keywords: [agent, tool, environment]
  - id: decode
    heading: Decoding
    definition: Changing the next-token distribution at inference time.
    must: change decoding
    belongs: [contrastive decoding]
    keywords: [decoding, logits, contrastive]
"""
INVENTED = taxonomy.parse({"survey.yaml": SURVEY, "a.yaml": SECTION})


def known(key: str, title: str, text: str, *leaves: str, ids: str = "", **fields: object) -> Known:
    given = {"key": key, "titles": (title,), "text": text, "leaves": leaves, "ids": frozenset(ids.split())}
    return Known.model_validate(given | fields)


KNOWN = (
    known("sieve", "Sieve: Filtering Crawled Pages", "We filter crawled web pages and remove duplicates.", "clean"),
    known("dedup", "Exact Duplicates Hurt Language Models", "Removing duplicates from a corpus helps.", "clean"),
    known("tools", "Toolyard: Agents Calling Tools", "An environment in which agents call tools.", "agents"),
    known("browse", "Browsing Trajectories at Scale", "We release trajectories of browsing agents.", "agents"),
    known("push", "Pushing Logits Apart", "Contrastive decoding of logits at inference time.", "decode"),
)
ORIGAMI = tuple(
    known(f"fold{number}", f"Origami {number}", f"Paper cranes of {number} folds.", "decode", synced=True)
    for number in range(12)
)
"""Enough abstracts to learn relevance from them: a list that in truth collects origami."""
CRANES = paper(
    "2511.00014", title="Origami Paper Cranes", abstract="Origami paper cranes of new folds. A satellite saw it."
)
OFF_TOPIC = (
    "A telescope measures the redshift of galaxies and of their web of gas.",
    "We estimate tides from satellite altimetry.",
    "Protein folding is simulated on a lattice.",
    "Traffic lights adapt to queues of cars.",
    "An image sensor counts single photons.",
    "Ocean currents are reconstructed from buoys.",
)
BACKGROUND = (
    *(
        paper(f"2509.{number:05}", title=f"Study {number}", abstract=f"{first} {second}")
        for number, (first, second) in enumerate(product(OFF_TOPIC, OFF_TOPIC))
        if first != second
    ),
    paper("2509.00099", title="A Fair", abstract="Visitors saw a satellite model, and cranes of origami paper."),
)
CLEANING = paper(
    "2511.00010",
    title="Cleaning a Web Corpus",
    abstract="Weather was fine. We clean crawled web text by deduplication and quality filters. Thanks to all.",
)
TELESCOPE = paper("2511.00011", title="Galaxies", abstract="A telescope measures galaxies. An image sensor counts.")


def graded(judged: Paper, grade: Grade, source: str = "file", **fields: object) -> LabelledPaper:
    return LabelledPaper.model_validate({"paper": judged, "grade": grade, "source": source} | fields)


def ask(judge: LocalJudge, asked: Paper) -> Judgment:
    return asyncio.run(judge.judge(asked))
