"""The commands for lists that share a database."""
