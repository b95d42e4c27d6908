"""Simulated months through the whole program, and what must hold after each of their nights."""
