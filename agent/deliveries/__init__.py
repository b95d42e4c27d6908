"""The ways that drafts reach a reviewer. To add one: write the module, name it here, build it in ``agent/wiring/``."""

DELIVERIES = {
    "patch": "a patch that git apply accepts, and the review text beside it",
    "pr": "one rolling draft pull request on GitHub",
    "none": "nowhere: the drafts wait for the next delivery",
}
