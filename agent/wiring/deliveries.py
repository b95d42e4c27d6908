"""Build the delivery that the settings name: of drafts (``triage run``), and of repairs (``triage audit --fix``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from agent import environment
from agent.core.audit.findings import Finding
from agent.core.audit.repairs import Repairs, apply_repairs, plan_repairs, repairs_text
from agent.core.catalog.edits import Addition, Edit, InsertPapers
from agent.core.catalog.parse import parse
from agent.core.night.drafts import summary_of
from agent.core.night.typed_entries import insert_typed
from agent.core.survey.survey import Survey, headings_of
from agent.database.store import Store
from agent.deliveries import DELIVERIES
from agent.errors import ConfigError, DeliveryError
from agent.files import path_text
from agent.ports import Delivery
from agent.records import Delivered
from agent.settings import Settings

if TYPE_CHECKING:
    from agent.deliveries.github.rolling_branch import RollingBranch
    from agent.deliveries.notifications import Notifier
    from agent.deliveries.patch import PatchDelivery

_NO_TOKEN_FOR_DRAFTS: Final = (
    "a pull request needs GITHUB_TOKEN in the environment, with write access to the repository"
)
_NO_TOKEN_FOR_REPAIRS: Final = "--fix pr needs GITHUB_TOKEN in the environment, with write access to the repository"


def build_delivery(
    settings: Settings, survey: Survey, store: Store, kind: str, *, checkout: str = "checkout"
) -> Delivery:
    """Return the delivery of drafts; ``checkout`` is the folder, in the state folder, of its clone.

    Raises ConfigError for an unknown one, and for a pull request without GITHUB_TOKEN.
    """
    from agent.deliveries.patch import NoDelivery

    if kind not in DELIVERIES:
        raise ConfigError(f"unknown delivery {kind!r}; allowed: {', '.join(DELIVERIES)}")
    if kind == "none":
        return NoDelivery()
    if kind == "patch":
        return build_patch(settings, survey, store)
    from agent.deliveries.github.pull_request import LABELS, PullRequestDelivery

    branch = _build_branch(settings, checkout, settings.github.branch, _NO_TOKEN_FOR_DRAFTS, labels=LABELS)
    return PullRequestDelivery(
        branch,
        _inserter(survey, store),
        lambda text: parse(text, headings_of(survey.taxonomy)).entries,
        survey.taxonomy.leaf_ids,
    )


def _build_branch(
    settings: Settings, checkout: str, branch: str, without_token: str, *, labels: Sequence[str] = ()
) -> RollingBranch:
    """Return the branch of a pull request. Raises ConfigError without GITHUB_TOKEN, in the words ``without_token``."""
    from agent.deliveries.github.rolling_branch import build_branch

    token, github = environment.github_token(), settings.github
    if token is None:
        raise ConfigError(without_token)
    return build_branch(
        folder=settings.state.folder / checkout,
        repository=github.repository,
        remote=github.remote,
        base=github.base,
        branch=branch,
        catalog_path=github.catalog_path,
        api_url=github.api_url,
        token=SecretStr(token),
        environment=environment.inherited(),
        labels=labels,
    )


def build_patch(settings: Settings, survey: Survey, store: Store) -> PatchDelivery:
    """Return the delivery of drafts as a patch, which can also show the patch before it is written."""
    from agent.deliveries.git_process import Git
    from agent.deliveries.patch import PatchDelivery

    git = Git(environment.inherited(), remote="")
    return PatchDelivery(settings.state.folder / "patches", settings.catalog_path, _inserter(survey, store), git)


def _inserter(survey: Survey, store: Store) -> InsertPapers:
    """Return how papers become entries of the list: as drafted, or as a reviewer typed them."""

    def insert_papers(text: str, wanted: Sequence[tuple[str, str]]) -> Edit:
        judged = store.latest_judgments([key for key, _ in wanted])
        additions = [
            Addition(leaf=leaf, paper=paper, summary=summary_of(judged.get(key)))
            for key, leaf in wanted
            if (paper := store.paper(key))
        ]
        typed = {draft.paper_id: decision.entry for draft, decision in store.decisions() if decision.entry}
        return insert_typed(text, headings_of(survey.taxonomy), additions, typed)

    return insert_papers


DeliverRepairs = Callable[[str, Sequence[Finding]], Delivered]
"""(the catalog as it was audited, what was found) -> where the sure repairs went."""


def build_repairs_delivery(settings: Settings, fix: str | None, run_id: str) -> DeliverRepairs:
    """Return how the sure repairs are handed over; ``fix`` is ``patch``, ``pr`` or None, which hands over nothing.

    Raises ConfigError before anything is done.
    """
    if fix is None:
        return lambda text, findings: Delivered()
    if fix == "patch":
        return lambda text, findings: _write_repairs(settings, run_id, text, plan_repairs(text, findings))
    if fix != "pr":
        raise ConfigError(f"--fix {fix!r}: unknown; allowed: patch, pr")
    from agent.deliveries.github.repairs import RepairsDelivery

    branch = f"{settings.github.branch}-repairs"
    delivery = RepairsDelivery(_build_branch(settings, "checkout-repairs", branch, _NO_TOKEN_FOR_REPAIRS))

    def deliver(text: str, findings: Sequence[Finding]) -> Delivered:
        repairs = plan_repairs(text, findings)
        return delivery.deliver(repairs, repairs_text(repairs))

    return deliver


def _write_repairs(settings: Settings, run_id: str, text: str, repairs: Repairs) -> Delivered:
    from agent.deliveries.git_process import Git
    from agent.deliveries.patch import write_patch

    if not repairs.done:
        return Delivered()
    patch = settings.state.folder / "patches" / f"{run_id}-repairs.patch"
    after = apply_repairs(text, [repair for _, made in repairs.done for repair in made])
    try:
        git = Git(environment.inherited(), remote="")
        write_patch(git, patch, settings.catalog_path, text.encode(), after.encode(), repairs_text(repairs))
    except OSError as error:
        raise DeliveryError(f"{patch}: {error.strerror}; run again once it is writable") from None
    return Delivered(patch=path_text(patch))


def build_notifier(settings: Settings) -> Notifier:
    """Return who tells the watchers of a night."""
    from agent.deliveries.notifications import Notifier

    return Notifier(settings.notify.ping_url, settings.notify.webhook_url)
