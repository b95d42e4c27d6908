"""The venue that arXiv tells of a paper, and which of its texts told it."""

from __future__ import annotations

from agent.core.audit.rules.venues import venue_of
from tests.support.fakes import paper


def test_the_text_that_names_the_venue_is_the_witness() -> None:
    one = paper("2501.00001", journal_ref="Some Proceedings, 12 pages", comment="Accepted to ACL 2025")
    told = venue_of(one)
    assert told is not None and told.printed() == "ACL 2025"
    assert told.witness == "its comment 'Accepted to ACL 2025'"
    told = venue_of(one.model_copy(update={"journal_ref": "Proceedings of EMNLP 2025"}))
    assert told is not None and told.witness == "its journal reference 'Proceedings of EMNLP 2025'"
