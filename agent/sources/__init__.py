"""The sources of announcements. To add one: write the module, name it here, build it in ``agent/wiring/``."""

ARXIV_KINDS = ("arxiv", "rss")
"""The sources that ask arXiv; any other is the path of a listing."""

SOURCES = {
    "arxiv": "the daily feed, filled in and verified by the query API",
    "rss": "the daily feed alone",
    "FILE.jsonl[.gz]": "a saved listing",
}
