"""The command line at another time: ``python -m tests.support.triage_at COMMAND ...`` with TESTS_NOW set.

Each run into the same state folder is a second later, as ids of runs are their times.
"""

from __future__ import annotations

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from agent import cli

NOW = "TESTS_NOW"


def main() -> None:
    """Run a command as if it were the moment in the environment, where there is one."""
    moment = os.environ.get(NOW)
    if not moment:
        return cli.main()
    ran = len(list(Path(".triage/patches").glob("*.patch")))
    began = datetime.fromisoformat(moment) + timedelta(seconds=ran)
    for command in ("init", "run", "status", "doctor", "audit"):
        patch(f"agent.commands.{command}.now", lambda: began).start()
    cli.main()


if __name__ == "__main__":
    sys.argv[0] = "triage"
    main()
