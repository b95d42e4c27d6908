"""``triage worker`` at a simulated moment: ``python -m evals.benchmarks.fleet.simulated_worker MOMENT worker ...``."""

from __future__ import annotations

import importlib
import sys
from datetime import datetime

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv[1])
    importlib.import_module("agent.commands.fleet.worker").now = lambda: moment  # type: ignore[attr-defined]
    sys.argv = ["triage", *sys.argv[2:]]
    importlib.import_module("agent.cli").main()
