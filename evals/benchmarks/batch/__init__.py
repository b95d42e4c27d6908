"""A backfill in batches at the size of two years of announcements."""
