"""The parts of a style, drawn by chance."""
