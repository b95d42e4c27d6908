"""The clone that drafts are committed in."""

from __future__ import annotations

import os

from pydantic import SecretStr

from agent.deliveries.github.git import Clone, Version
from tests.replicas.git_server import Bare
from tests.support.small_list import TOKEN, World

NAME = 'lists/the "best" \\ list.md'


def test_each_version_of_a_file_of_any_name_is_a_commit_that_changes_nothing_else(world: World) -> None:
    bare = Bare.holding(world.folder / "named.git", {NAME: "zero\r\n", "notes.txt": "as it was\n"})
    clone = Clone(world.folder / "clone.git", world.git.url("named"), NAME, SecretStr(TOKEN), os.environ)
    with clone.opened():
        tip = clone.fetch("main", "drafts")["main"]
        assert clone.commit_each(tip, []) == tip
        made = clone.commit_each(tip, [Version("one\r\n", "First\n\nfrom :1\ndone\n"), Version("zwei ü", "Second")])
        assert [commit.subject for commit in clone.commits(made, [tip])] == ["Second", "First"]
        assert (clone.text(made), clone.text(tip)) == ("zwei ü", "zero\r\n")
        clone.push(made, "drafts", None)
    assert (bare.text("drafts", NAME), bare.text("drafts", "notes.txt")) == ("zwei ü", "as it was\n")
    assert bare.log("drafts", "%B") == ["First\n\nfrom :1\ndone", "Second"]
