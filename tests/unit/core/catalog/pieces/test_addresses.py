"""The address of a new paper follows those of its neighbours: PDF or page of the abstract."""

from __future__ import annotations

import pytest

from agent.core.catalog.pieces.addresses import address_of

ABS, PDF = "https://arxiv.org/abs/2511.90000", "https://arxiv.org/pdf/2511.90000"


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ([], ABS),
        (["https://arxiv.org/pdf/2401.00001"], ABS),  # one may be a slip
        (["https://arxiv.org/pdf/2401.00001", "http://arxiv.org/pdf/2402.00002v3"], PDF),
        (["https://arxiv.org/pdf/2401.00001.pdf", "https://arxiv.org/pdf/cs/0112017.pdf"], f"{PDF}.pdf"),
        (["https://arxiv.org/pdf/2401.00001", "https://arxiv.org/abs/2402.00002"], ABS),
        (
            ["https://arxiv.org/pdf/2401.00001", "https://arxiv.org/pdf/2402.00002", "https://openreview.net/pdf?id=x"],
            PDF,
        ),
    ],
)
def test_pdfs_are_linked_where_the_neighbours_link_them(near: list[str], expected: str) -> None:
    assert address_of("2511.90000", near, near) == expected


def test_the_whole_list_tells_where_two_neighbours_differ() -> None:
    near = ["https://arxiv.org/pdf/2401.00001", "https://arxiv.org/abs/2402.00002"]
    assert address_of("2511.90000", near, near + 6 * near[:1]) == PDF
    assert address_of("2511.90000", 2 * near[1:], near + 8 * near[:1]) == ABS
