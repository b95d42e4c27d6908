"""The fences of Markdown that a model writes around its answer."""

from __future__ import annotations

import re

FENCED = re.compile(r"```\w*\n(.*?)\n[ \t]*```", re.DOTALL)
"""A block in a fence; the group is what stands in it."""
