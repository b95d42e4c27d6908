"""The local review page: decide on drafts and the queue, and label nights, without GitHub."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from agent.core.survey.survey import Survey
from agent.review.actions import OpenStore, ReviewPage
from agent.review.app import ReviewServer
from agent.sources.files.label_file import LabelFile


def open_review(
    survey: Survey, open_store: OpenStore, labels: Path, port: int, now: Callable[[], datetime]
) -> ReviewServer:
    """Return a server that listens already (``url``); ``serve_forever`` serves until the process is stopped.

    ``open_store`` opens the state folder, once per request and thread; labels are written to ``labels``; port 0 takes
    any free one. Raises ConfigError for a labels file that cannot be read or written and a port that cannot be had.
    """
    return ReviewServer(ReviewPage(survey, open_store, LabelFile(labels), now), port)
