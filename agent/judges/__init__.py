"""The judges.

To add one: write its module, add its name to ``JudgeSettings.kind``, build it in ``agent/wiring/judges.py``.
"""
