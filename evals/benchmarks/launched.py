"""Run a program to its end and write what it took: ``launched.py FILE PROGRAM ARGUMENTS...``.

``FILE`` gets a JSON object with the exit code, processor seconds and the peak memory in MB. A process counts the memory
of the one that started it as its own peak (Linux, https://man7.org/linux/man-pages/man2/getrusage.2.html): this small
one stands between a large benchmark and what it measures.
"""

from __future__ import annotations

import json
import os
import sys

if __name__ == "__main__":
    file, *command = sys.argv[1:]
    pid = os.posix_spawn(command[0], command, os.environ)
    _, status, used = os.wait4(pid, 0)
    taken = {"cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss / 1024}
    with open(file, "w", encoding="utf-8") as out:
        json.dump(taken | {"code": os.waitstatus_to_exitcode(status)}, out)
