"""The tests. Each process of theirs computes on one core: the others run tests too, and threads of a computation that
wait for a core wait for each other.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
