"""Run a soak from the command line: ``python -m evals.benchmarks.soak --nights 60 --seed 1``."""

from evals.benchmarks.soak.nights import main

if __name__ == "__main__":
    main()
