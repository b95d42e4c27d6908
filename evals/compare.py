"""Two results of the same eval, paper by paper: what was fixed, what broke, and whether that is more than noise."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeVar

from pydantic import ValidationError

from agent.errors import ConfigError, say_what_is_needed
from agent.records import Record
from evals.result import EvalResult, Interval, PickItem, PlacedItem, Ranked, RankedItem
from evals.scoring import intervals, metrics

Item = TypeVar("Item")
Labelled = TypeVar("Labelled", PlacedItem, RankedItem)

Verdict = Literal["better", "worse", "no evidence of a difference"]
NO_EVIDENCE: Verdict = "no evidence of a difference"
NOTHING_SHARED: Final = "--compare: the two results have no paper in common; compare results of the same data"


class Difference(Record):
    """One figure, new less old, on the papers that both results judged. ``p`` is null where no test gives one."""

    metric: str
    n: int
    old: float
    new: float
    difference: float
    ci: Interval | None
    p: float | None
    test: str
    verdict: Verdict


class Change(Record):
    """One part of the eval. ``fixed``, ``broken`` and ``still_wrong`` hold keys or ids; ``alone`` counts papers that
    only one of the two results judged.

    ``same_data`` says whether both judged the same papers by the same texts: if not, a difference may be of the data.
    """

    right: str
    fixed: tuple[str, ...]
    broken: tuple[str, ...]
    still_wrong: tuple[str, ...]
    alone: int
    same_data: bool
    differences: tuple[Difference, ...]


class Comparison(Record):
    """New result against old. A part is null when either result lacks it."""

    old: str
    new: str
    placement: Change | None
    relevance: Change | None
    retrospective: Change | None
    verdict: Verdict

    @property
    def differences(self) -> tuple[Difference, ...]:
        parts = (self.placement, self.relevance, self.retrospective)
        return tuple(each for part in parts if part for each in part.differences)


def read_result(path: Path) -> EvalResult:
    """Read a result that ``triage eval --json`` printed or that is committed. Raises ConfigError if it is neither."""
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        return EvalResult.model_validate(row.get("result", row))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file; give what 'triage eval --json' printed") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"])
        problem = f"{where}: {say_what_is_needed(error.errors()[0])}"
        raise ConfigError(f"{path}: not an eval result: {problem}; give what 'triage eval --json' printed") from None
    except (OSError, ValueError, RecursionError, AttributeError) as error:
        raise ConfigError(f"{path}: not an eval result: {error}; give what 'triage eval --json' printed") from None


def check_shared(old: EvalResult, placed: Collection[str], ranked: Collection[str], picked: Collection[str]) -> None:
    """Raises ConfigError when a new result on these papers, by the keys and ids of the three parts, could not be
    compared with the old one."""
    shared = (
        not {item.key for item in old.placement.items}.isdisjoint(placed) if old.placement else False,
        not {item.id for item in old.relevance.items}.isdisjoint(ranked) if old.relevance else False,
        not {item.key for item in old.retrospective.items}.isdisjoint(picked) if old.retrospective else False,
    )
    if not any(shared):
        raise ConfigError(NOTHING_SHARED)


def compare(old: EvalResult, new: EvalResult) -> Comparison:
    """Compare two results on the papers both judged. Raises ConfigError when they share none.

    Shares that come from right or wrong are tested by McNemar's exact test, average precision by a paired bootstrap of
    the difference; a difference is called better or worse only when p < 0.05, or the 95 % interval leaves out zero.
    """
    parts = {
        "placement": _placement(old, new),
        "relevance": _relevance(old, new),
        "retrospective": _retrospective(old, new),
    }
    if not any(parts.values()):
        raise ConfigError(NOTHING_SHARED)
    verdicts = {each.verdict for part in parts.values() if part for each in part.differences}
    overall: Verdict = "worse" if "worse" in verdicts else "better" if "better" in verdicts else NO_EVIDENCE
    return Comparison(old=describe(old), new=describe(new), **parts, verdict=overall)


def describe(result: EvalResult) -> str:
    """Name the judge of a result in one line."""
    judge = result.judge
    return " ".join(part for part in (judge.name, judge.model, judge.prompt, judge.taxonomy) if part and part != "-")


def _placement(old: EvalResult, new: EvalResult) -> Change | None:
    if not (old.placement and new.placement):
        return None
    after = {item.key: item for item in new.placement.items}
    before = {item.key: _relabel(item, after.get(item.key)) for item in old.placement.items}

    def right_at(k: int) -> Callable[[PlacedItem], bool]:
        return lambda item: not set(item.top[:k]).isdisjoint(item.gold)

    same = old.placement.data == new.placement.data
    tests = {"top1": right_at(1), "top3": right_at(3)}
    return _change(before, after, "a listed leaf is first", tests, same_data=same)


def _relevance(old: EvalResult, new: EvalResult) -> Change | None:
    if not (old.relevance and new.relevance):
        return None
    after = {item.id: item for item in new.relevance.items}
    before = {item.id: _relabel(item, after.get(item.id)) for item in old.relevance.items}
    same = old.relevance.data == new.relevance.data
    right = "in scope or out, as labelled"
    change = _change(before, after, right, {"in_scope_right": _scope_right}, same_data=same)
    if change is None:
        return None
    pairs = [(_ranked(before[key]), _ranked(after[key])) for key in before if key in after]
    ranking = (
        _bootstrapped("ap_core", pairs, metrics.ap_core, metrics.CORE),
        _bootstrapped("ap_in_scope", pairs, metrics.ap_in_scope, metrics.IN_SCOPE),
    )
    return change.model_copy(update={"differences": (*change.differences, *(each for each in ranking if each))})


def _retrospective(old: EvalResult, new: EvalResult) -> Change | None:
    if not (old.retrospective and new.retrospective):
        return None
    before = {item.key: item for item in old.retrospective.items}
    after = {item.key: item for item in new.retrospective.items}
    budget = new.retrospective.budget

    def within(limit: int) -> Callable[[PickItem], bool]:
        return lambda item: item.within(limit)

    tests = {"recall_at_budget": within(budget), "recall_at_20": within(20)}
    same = old.retrospective.data == new.retrospective.data
    return _change(before, after, f"among the first {budget} of its night", tests, same_data=same)


def _relabel(item: Labelled, other: Labelled | None) -> Labelled:
    """Score an old answer by the new result's label, so that a corrected label is not mistaken for a better judge."""
    return item if other is None else item.model_copy(update={"gold": other.gold})


def _change(
    before: Mapping[str, Item],
    after: Mapping[str, Item],
    right: str,
    tests: Mapping[str, Callable[[Item], bool]],
    *,
    same_data: bool,
) -> Change | None:
    """Compare item by item; the first test also says what was fixed and broken."""
    keys = [key for key in before if key in after]
    if not keys:
        return None
    first = next(iter(tests.values()))
    was = {key: first(before[key]) for key in keys}
    now = {key: first(after[key]) for key in keys}
    return Change(
        right=right,
        fixed=tuple(key for key in keys if now[key] and not was[key]),
        broken=tuple(key for key in keys if was[key] and not now[key]),
        still_wrong=tuple(key for key in keys if not was[key] and not now[key]),
        alone=len(before) + len(after) - 2 * len(keys),
        same_data=same_data,
        differences=tuple(
            _tested(name, [(test(before[key]), test(after[key])) for key in keys]) for name, test in tests.items()
        ),
    )


def _tested(name: str, pairs: Sequence[tuple[bool, bool]]) -> Difference:
    old, new = sum(was for was, _ in pairs) / len(pairs), sum(now for _, now in pairs) / len(pairs)
    p = intervals.mcnemar(
        fixed=sum(now and not was for was, now in pairs), broken=sum(was and not now for was, now in pairs)
    )

    def gain(sample: Sequence[tuple[bool, bool]]) -> float | None:
        return sum(now - was for was, now in sample) / len(sample)

    verdict: Verdict = NO_EVIDENCE if p >= 0.05 else "better" if new > old else "worse"
    return Difference(
        metric=name,
        n=len(pairs),
        old=old,
        new=new,
        difference=new - old,
        ci=intervals.bootstrap(pairs, gain),
        p=p,
        test="McNemar's exact test; interval: paired bootstrap",
        verdict=verdict,
    )


def _bootstrapped(
    name: str,
    pairs: Sequence[tuple[Ranked, Ranked]],
    metric: Callable[[Sequence[Ranked]], float | None],
    at_least: int,
) -> Difference | None:
    old, new = metric([was for was, _ in pairs]), metric([now for _, now in pairs])
    if old is None or new is None:
        return None

    ci = intervals.average_precision_interval(
        [now.gold >= at_least for _, now in pairs],
        [metrics.sortable(now) for _, now in pairs],
        less=[metrics.sortable(was) for was, _ in pairs],
    )
    verdict: Verdict = NO_EVIDENCE if ci is None or ci[0] <= 0 <= ci[1] else "better" if new > old else "worse"
    return Difference(
        metric=name,
        n=len(pairs),
        old=old,
        new=new,
        difference=new - old,
        ci=ci,
        p=None,
        test="paired bootstrap",
        verdict=verdict,
    )


def _ranked(item: RankedItem) -> Ranked:
    return Ranked(**item.model_dump())


def _scope_right(item: RankedItem) -> bool:
    return item.grade is not None and (item.grade >= metrics.IN_SCOPE) == (item.gold >= metrics.IN_SCOPE)
