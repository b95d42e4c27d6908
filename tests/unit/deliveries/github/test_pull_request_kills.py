"""kill -9 after every step of a delivery: the next night ends where an undisturbed one would have ended."""

from __future__ import annotations

import pytest

from tests.replicas.git_server import Hold
from tests.support.deliver_once import Job, deliver
from tests.support.processes import Child
from tests.support.small_list import World, draft, small_world

ONE, TWO = draft("2511.00001", "1"), draft("2511.00002", "2")

FIRST_NIGHT = {
    "fetch": Hold("before GET /pulls"),
    "commit": Hold("before discover git-receive-pack"),
    "half a push": Hold("before git-receive-pack"),
    "push, its answer lost": Hold("after git-receive-pack"),
    "push": Hold("before POST /pulls"),
    "create, its answer lost": Hold("after POST /pulls"),
    "create": Hold("before POST /issues/N/labels"),
    "label": Hold("after POST /issues/N/labels"),
}
SECOND_NIGHT = {
    "fetch": Hold("before GET /pulls"),
    "commit": Hold("before discover git-receive-pack"),
    "push": Hold("before PATCH /pulls/N"),
    "update": Hold("after PATCH /pulls/N"),
}


def kill_at(world: World, hold: Hold) -> None:
    """Start a delivery of the open drafts, and kill it with all its children when a server reaches the step."""
    hold = Hold(hold.step)
    world.git.hold = world.hub.hold = hold
    folder = world.folder / "state" / "github.git"
    job = Job(folder=folder, places=world.places(), drafts=tuple(world.open.values()))
    child = Child(deliver, [job], world.folder / "err.txt")
    reached = hold.reached.wait(30)
    child.kill()
    assert reached, child.err.read_text()
    hold.let_go.set()
    world.git.hold = world.hub.hold = None


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[int, object]:
    """What people see after one and after two nights that nothing disturbed."""
    with small_world(tmp_path_factory.mktemp("undisturbed")) as world:
        world.night(ONE)
        first = world.state()
        world.night(TWO)
        return {1: first, 2: world.state()}


@pytest.mark.parametrize("step", FIRST_NIGHT)
def test_a_first_night_killed_after_a_step_is_repaired(world: World, step: str, undisturbed: dict[int, object]) -> None:
    world.propose(ONE)
    kill_at(world, FIRST_NIGHT[step])
    world.night()
    assert world.state() == undisturbed[1]


@pytest.mark.parametrize("step", SECOND_NIGHT)
def test_a_second_night_killed_after_a_step_is_repaired(
    world: World, step: str, undisturbed: dict[int, object]
) -> None:
    world.begin(ONE)
    world.propose(TWO)
    kill_at(world, SECOND_NIGHT[step])
    world.night()
    assert world.state() == undisturbed[2]


def test_a_killed_night_that_was_never_stored_is_repaired_too(world: World, undisturbed: dict[int, object]) -> None:
    world.propose(ONE)
    kill_at(world, FIRST_NIGHT["push"])
    world.open.clear()
    world.night(ONE)
    assert world.state() == undisturbed[1]


def test_locks_that_a_killed_git_left_behind_are_no_obstacle(world: World) -> None:
    world.begin(ONE)
    clone = world.folder / "state" / "github.git"
    (clone.parent / "github.git.in-use").touch()
    (clone / "refs" / "remotes" / "origin" / "main.lock").touch()
    world.bare.edit("main", lambda text: f"{text}more\n")
    world.night(TWO)
    assert world.list() == {ONE.paper_id: "1", TWO.paper_id: "2"}
