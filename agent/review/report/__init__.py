"""The static page of a night, for those who only look."""
