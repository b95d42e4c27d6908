"""The command line at another time: ``python -m tests.support.triage_at COMMAND ...`` with TESTS_NOW set."""

from __future__ import annotations

import os
import sys
from datetime import datetime
from unittest.mock import patch

from agent import cli

NOW = "TESTS_NOW"


def main() -> None:
    """Run a command as if it were the moment in the environment, where there is one."""
    moment = os.environ.get(NOW)
    if not moment:
        return cli.main()
    for command in ("init", "run", "status", "doctor", "audit"):
        patch(f"agent.commands.{command}.now", lambda: datetime.fromisoformat(moment)).start()
    cli.main()


if __name__ == "__main__":
    sys.argv[0] = "triage"
    main()
