"""Limits LangGraph's own tracing, which LANGSMITH_TRACING switches on, to names, times and errors."""

from __future__ import annotations

import os


def hide_texts() -> None:
    """Let no trace hold what a step got or gave: drafts quote abstracts. Call it before anything is traced.

    Source: https://docs.langchain.com/langsmith/mask-inputs-outputs.
    """
    os.environ["LANGSMITH_HIDE_INPUTS"] = os.environ["LANGSMITH_HIDE_OUTPUTS"] = "true"
