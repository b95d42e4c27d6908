"""Judging in batches: asked in one call of the program, read in a later one."""
