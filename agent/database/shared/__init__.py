"""The PostgreSQL database that the states of several lists share, and what the lists share in it."""
