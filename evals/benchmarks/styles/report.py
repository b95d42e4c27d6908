"""The shares of drawn lists that came out right: in all, by what failed, by piece of the style."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from evals.benchmarks.styles.comparison import FAILURES, Outcome


def summarise(outcomes: Sequence[Outcome]) -> dict[str, object]:
    """Return counts and shares, for ``--json``."""
    papers = sum(len(one.draw.drawn.entries) for one in outcomes)
    fresh = sum(len(one.draw.left_out) for one in outcomes)
    failing = Counter(kind for one in outcomes for kind in {failure.kind for failure in one.failures})
    differing = Counter(piece for one in outcomes for failure in one.failures for piece in failure.pieces)
    features: dict[str, dict[str, list[Outcome]]] = defaultdict(lambda: defaultdict(list))
    for one in outcomes:
        for name, value in one.draw.drawn.style.features.items():
            features[name][value].append(one)
    return {
        "lists": len(outcomes),
        "all_right": sum(not one.failures for one in outcomes),
        "listed_papers": papers,
        "known": sum(one.known for one in outcomes),
        "left_out_papers": fresh,
        "inserted_right": sum(one.right for one in outcomes),
        "lists_failing": {kind: failing[kind] for kind in FAILURES},
        "lines_differing_in": dict(differing.most_common()),
        "pieces": {
            name: {
                value: {
                    "lists": len(found),
                    "all_right": sum(not one.failures for one in found),
                    "left_out_papers": sum(len(one.draw.left_out) for one in found),
                    "inserted_right": sum(one.right for one in found),
                }
                for value, found in sorted(values.items(), key=lambda each: -len(each[1]))
            }
            for name, values in features.items()
        },
    }


def tables(outcomes: Sequence[Outcome]) -> str:
    """Return the same as a table."""
    found = summarise(outcomes)
    lines = [
        f"lists all right       {_share(found['all_right'], found['lists'])}",
        f"listed papers known   {_share(found['known'], found['listed_papers'])}",
        f"left-out papers right {_share(found['inserted_right'], found['left_out_papers'])}",
        "",
        "lists in which it failed",
    ]
    failing, pieces = found["lists_failing"], found["pieces"]
    assert isinstance(failing, dict)
    assert isinstance(pieces, dict)
    lines += [f"  {kind:20}{_share(count, found['lists'])}" for kind, count in failing.items()]
    lines += ["", "lines that differ, by what the new one lacks"]
    differing = found["lines_differing_in"]
    assert isinstance(differing, dict)
    lines += [f"  {piece:20}{count:6}" for piece, count in differing.items()]
    for name, values in pieces.items():
        lines += ["", f"left-out papers right, by {name}"]
        lines += [
            f"  {value:34}{_share(row['inserted_right'], row['left_out_papers'])}" for value, row in values.items()
        ]
    return "\n".join(lines) + "\n"


def show(outcomes: Sequence[Outcome], count: int) -> str:
    """Return the first failures in words, each with its list's style."""
    failed = [(number, one, failure) for number, one in enumerate(outcomes) for failure in one.failures][:count]
    return "".join(
        f"\n=== list {number}: {failure.kind} "
        f"({', '.join(f'{name} {value}' for name, value in one.draw.drawn.style.features.items())})\n"
        f"--- expected\n{failure.expected}\n--- found\n{failure.found}\n"
        for number, one, failure in failed
    )


def _share(part: object, whole: object) -> str:
    assert isinstance(part, int)
    assert isinstance(whole, int)
    return f"{part:6} of {whole:6}  {part / whole if whole else 0:6.1%}"
