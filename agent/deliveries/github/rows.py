"""What GitHub's answers say, as far as we read them; all else in them is ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Head(BaseModel):
    ref: str
    sha: str


class Label(BaseModel):
    name: str


class User(BaseModel):
    login: str


class Pull(BaseModel):
    """A pull request, as far as we read it. ``merged_at`` is null unless it was merged."""

    number: int
    html_url: str
    state: Literal["open", "closed"]
    title: str
    body: str | None = None
    head: Head
    labels: tuple[Label, ...] = ()
    merged_at: datetime | None = None
    closed_at: datetime | None = None


class Comment(BaseModel):
    """A comment on the conversation of a pull request. ``user`` is null when the account is gone."""

    id: int
    body: str | None = None
    user: User | None = None


class Event(BaseModel):
    event: str
    created_at: datetime


class Permission(BaseModel):
    permission: str = Field(description="admin, write, read or none; maintain counts as write, triage as read")
