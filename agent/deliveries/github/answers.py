"""The records of GitHub's answers: what is named in them is read, all else is ignored.

Source: https://docs.github.com/en/rest (pulls, issues, collaborators), API version 2022-11-28.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Repository(BaseModel):
    full_name: str


class Head(BaseModel):
    """The branch a pull request comes from; ``repo`` is null when its fork is gone."""

    ref: str
    sha: str
    repo: Repository | None = None


class Target(BaseModel):
    """The branch a pull request is to be merged into."""

    ref: str


class PullLabel(BaseModel):
    name: str


class User(BaseModel):
    login: str


class Pull(BaseModel):
    """A pull request. ``merged_at`` is null unless it was merged, ``user`` when the account of its author is gone.

    ``merge_commit_sha`` is what the base got of one that was merged, with any of the three buttons.
    """

    number: int
    html_url: str
    state: Literal["open", "closed"]
    title: str
    body: str | None = None
    user: User | None = None
    head: Head
    base: Target
    labels: tuple[PullLabel, ...] = ()
    merged_at: datetime | None = None
    merge_commit_sha: str | None = None
    closed_at: datetime | None = None


class Comment(BaseModel):
    """A comment or review of a pull request. ``user`` is null when the account is gone."""

    id: int
    body: str | None = None
    user: User | None = None
    created_at: datetime


class Review(BaseModel):
    """The words of a review; ``submitted_at`` is null while only its author sees it."""

    id: int
    body: str
    user: User | None = None
    submitted_at: datetime | None = None


class Event(BaseModel):
    event: str
    created_at: datetime


class Permission(BaseModel):
    permission: str = Field(description="admin, write, read or none; maintain counts as write, triage as read")
