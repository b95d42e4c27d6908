"""The command line at another time: in a process of its own, with TESTS_NOW set.

Each run into the same state folder is a second later, as ids of runs are their times.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from agent import cli
from agent.commands import output

NOW = "TESTS_NOW"


def run(*words: str) -> None:
    """Run a command as if it were the moment in the environment, where there is one."""
    sys.argv = ["triage", *words]
    output.STDOUT.width = int(os.environ["COLUMNS"])  # was read when the module was imported, maybe long ago
    moment = os.environ.get(NOW)
    if not moment:
        return cli.main()
    ran = len(list(Path(".triage/patches").glob("*.patch")))
    began = datetime.fromisoformat(moment) + timedelta(seconds=ran)
    for command in ("init", "run", "status", "doctor", "audit"):
        patch(f"agent.commands.{command}.now", lambda: began).start()
    cli.main()
