"""The workflow of a list's own repository: its text, where it stands, and what a present one lacks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from agent.wiring.github_actions.program_source import Action

WORKFLOW: Final = Path(".github/workflows/triage.yml")

_USES: Final = re.compile(r"^\s*(?:- )?uses:\s*['\"]?(?P<action>[^\s'\"#]+)", re.MULTILINE)
_GITHUBS_OWN: Final = "actions/"
_EARLIER_PLACEHOLDER: Final = "OWNER/"

_TEXT: Final = """\
name: triage
on:
  schedule:
    - cron: "23 5 * * 1-5" # arXiv's feeds carry the day from midnight US Eastern time, which is 4:00 or 5:00 UTC
  workflow_dispatch:
permissions: {{}}
concurrency:
  group: triage # one state, one branch: the next run waits
  cancel-in-progress: false
jobs:
  night:
    runs-on: ubuntu-latest
    timeout-minutes: 120
    permissions:
      contents: write # the branch of the drafts
      pull-requests: write # the pull request, its comments and labels
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - uses: {uses}
        with:
          openai-api-key: ${{{{ secrets.OPENAI_API_KEY }}}} # without it the local judge is used
"""


def workflow_text(action: Action) -> str:
    """Return a workflow that runs the action every weekday night, with the least permissions."""
    return _TEXT.format(uses=action.uses)


def find_fault(text: str) -> str | None:
    """Return why a workflow cannot run the program, and None when no fault is found.

    Looks at the actions that it uses, GitHub's own and local ones aside.
    """
    used = [found["action"] for found in _USES.finditer(text)]
    others = [action for action in used if not action.startswith((_GITHUBS_OWN, "./"))]
    for action in others:
        if action.startswith(_EARLIER_PLACEHOLDER):
            return f"{action} names no account"
        if "@" not in action:
            return f"{action} names no version"
    return None if used else "it uses no action"
