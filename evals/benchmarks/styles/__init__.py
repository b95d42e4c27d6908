"""Lists in styles drawn by chance, of which the right new lines are known."""
