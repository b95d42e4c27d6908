"""Time, memory, tokens and money in one table, beside how others work."""
