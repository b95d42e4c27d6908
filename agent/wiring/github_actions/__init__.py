"""The nightly workflow on GitHub: which repository holds this program, and the file that uses its action."""
