"""A night of the invented survey, judged and stored, and its review page served over real HTTP."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.commands.review import tools_of
from agent.core.night.drafts import create_draft
from agent.core.survey import taxonomy
from agent.core.survey.known_papers import Known
from agent.core.survey.survey import Survey
from agent.database.store import Store, open_store
from agent.records import NO_LEAF, Bucket, Decision, Judgment, Paper, RunReport, Usage
from agent.review.server import ReviewServer
from agent.review.session import Tools
from agent.settings import load_settings
from tests.conftest import ROOT
from tests.support.fakes import IDENTITY, judgment, paper

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
NOW = datetime(2025, 11, 14, 6, tzinfo=UTC)

DRAFT, OTHER_DRAFT, QUEUED, HOMELESS, OUT = (f"2511.0000{number}" for number in range(1, 6))
NEAREST = Known(key="there", titles=("A Title There",), leaves=("water",), text="It waters by the moon.")
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202egnp.exe'


@cache
def survey() -> Survey:
    files = {path.name: path.read_text("utf-8") for path in (GARDENS / "taxonomy").glob("*.yaml")}
    return Survey.of(taxonomy.parse(files), (GARDENS / "data" / "list.md").read_text("utf-8"), (), ())


def report(run_id: str, **fields: object) -> RunReport:
    given = {
        "run_id": run_id,
        "source": "file",
        "judge": IDENTITY,
        "window": {"from": None, "to": None},
        "listed": 5,
        "buckets": {},
    }
    return RunReport.model_validate(given | {"drafts": (), "coverage": (), "cost": Usage()} | fields)


def judged() -> list[tuple[Paper, Judgment, Bucket]]:
    """Return two papers drafted, two queued, one of them without a leaf, and one judged out."""
    hostile = {"title": f"Drip {HOSTILE}", "abstract": f"We water plants. {HOSTILE}", "authors": (HOSTILE, "B. Writer")}
    said = {"evidence": ("We water plants.", HOSTILE), "reason": HOSTILE, "operation": HOSTILE}
    return [
        (paper(DRAFT, **hostile), judgment(DRAFT, 0.9, "water", top=("water", "sense"), **said), Bucket.DRAFTED),
        (paper(OTHER_DRAFT), judgment(OTHER_DRAFT, 0.8, "prune"), Bucket.DRAFTED),
        (paper(QUEUED, **hostile), judgment(QUEUED, 0.7, "sense", unsure=HOSTILE, **said), Bucket.QUEUED),
        (paper(HOMELESS), judgment(HOMELESS, 0.6, NO_LEAF), Bucket.QUEUED),
        (paper(OUT), judgment(OUT, 0.1, None), Bucket.REJECTED),
    ]


class Desk:
    """A list of its own with a state folder that holds one night, and the page over both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder.parent / "home"
        shutil.copytree(Path(_made().name) / "home", self.home)
        shutil.copytree(Path(_made().name) / "state", folder)
        self.list = self.home / "data" / "list.md"
        self.survey = survey()

    def tools(self, reader: str = "ann") -> Tools:
        """Return what the page of this reader is given, as the command gives it, at a fixed time."""
        given = tools_of(load_settings(self.home / "triage.toml", self.folder), reader, None)
        return replace(given, now=lambda: NOW, build_nearest=lambda: lambda paper, count, leaf: (NEAREST,))

    @contextmanager
    def serve(self, reader: str = "ann") -> Iterator[ReviewServer]:
        """Serve the page in a thread of its own."""
        server = ReviewServer(self.tools(reader), 0)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            server.stop()
            thread.join()

    def store(self) -> AbstractContextManager[Store]:
        return open_store(self.folder, exclusive=False)

    def drafts(self) -> dict[str, str]:
        """Return the section of each open draft."""
        with self.store() as store:
            return {draft.paper_id: draft.section for draft in store.open_drafts()}

    def decisions(self) -> dict[str, Decision]:
        with self.store() as store:
            return {draft.paper_id: decision for draft, decision in store.decisions()}

    def queue(self) -> set[str]:
        with self.store() as store:
            return {paper.id for paper in store.queued()}


@cache
def _made() -> TemporaryDirectory[str]:
    """Make the folders ``home`` and ``state`` once; every desk is a copy."""
    made = TemporaryDirectory()
    shutil.copytree(GARDENS, Path(made.name) / "home")
    night = judged()
    drafts = [
        create_draft(survey(), paper, said, said.top[0], ("A Title There",))
        for paper, said, bucket in night
        if bucket is Bucket.DRAFTED
    ]
    with open_store(Path(made.name) / "state", exclusive=False) as store:
        store.save_papers(paper for paper, _, _ in night)
        for listed, said, _ in night:
            store.save_judgments([(listed, said)])
        outcomes = {listed.id: bucket for listed, _, bucket in night}
        store.finish_run(report("1", drafts=tuple(drafts), patch="1.patch"), outcomes, (), NOW)
    return made
