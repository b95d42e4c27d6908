"""fleet.toml: what it says, and what is said of one that is wrong."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from agent.errors import ConfigError, SourceError
from agent.jobs.fleet_file import read_fleet
from agent.jobs.folders import load_list_settings
from agent.settings import Settings
from tests.conftest import ROOT
from tests.replicas.git_server import Bare, GitServer

GARDENS = ROOT / "tests" / "fixtures" / "gardens"
ONE = '[[lists]]\nname = "gardens"\nfolder = "."\n'


def fleet_file(folder: Path, text: str) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text)
    return path


def test_the_environment_has_the_last_word_on_the_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fleet_file(tmp_path, f'state_url = "postgresql://ann@db/triage"\n{ONE}')
    assert read_fleet(path).state_url == "postgresql://ann@db/triage"
    monkeypatch.setenv("TRIAGE_STATE_URL", "postgresql://ann:hunter2@db/other")
    fleet = read_fleet(path)
    assert fleet.state_url == "postgresql://ann:hunter2@db/other"
    assert "hunter2" not in repr(fleet)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "lists: Field required"),
        ("lists = []\n", "lists: it is empty"),
        ("[[lists]]\nname = 1\n", "lists.0.name"),
        ('[[lists]]\nname = "a b"\nfolder = "."\n', "lists.0.name"),
        ('[[lists]]\nname = "a"\n', "lists.0: give folder or git, one of them"),
        ('[[lists]]\nname = "a"\nfolder = "."\ngit = "x"\n', "lists.0: give folder or git, one of them"),
        (f'{ONE}time_zone = "Europe/Atlantis"\n', "such as Europe/Berlin"),
        (f"{ONE}colour = 1\n", "no key lists.0.colour; there are cron, deliver, folder, git, name, time_zone"),
        (ONE.replace("name", "nam"), "no key lists.0.nam, did you mean 'name'?; there are cron"),
        ("foldr = 1\n" + ONE, "no key foldr; there are lists, max_cost_usd_per_day, "),
        (ONE.replace("folder", "foldr"), "no key lists.0.foldr, did you mean 'folder'?; there are cron"),
        (f"{ONE}{ONE}", "two lists are called 'gardens'"),
        (
            '[[lists]]\nname = "a/B"\ngit = "x"\n[[lists]]\nname = "A--b"\ngit = "y"\n',
            "lists 'a/B' and 'A--b' would share one folder",
        ),
        (f"max_cost_usd_per_day = 0\n{ONE}", "max_cost_usd_per_day"),
        (f'state_url = "postgresql://ann:hunter2@db/triage"\n{ONE}', "state_url holds a password"),
        ('[[lists]]\nname = "a"\ngit = "https://hunter2@host/a.git"\n', "lists.0.git: the address holds"),
        ('[[lists]]\nname = "a"\ngit = "ssh://git:hunter2@host/a.git"\n', "git's credential helper"),
        ("[[lists\n", "not valid TOML"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        read_fleet(fleet_file(tmp_path, text))
    assert said in str(raised.value) and "hunter2" not in str(raised.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--fleet FILE"):
        read_fleet(tmp_path / "fleet.toml")


def test_without_an_option_the_file_of_the_environment_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fleet_file(tmp_path, '[[lists]]\nname = "a"\nfolder = "."').rename(tmp_path / "ours.toml")
    monkeypatch.setenv("TRIAGE_FLEET", str(path))
    assert read_fleet().list_named("a").folder == Path(".")


def bare_list(folder: Path, name: str, line: str = "") -> Bare:
    files = {path: (GARDENS / path).read_text() for path in ("triage.toml", "data/list.md")}
    return Bare.holding(folder / f"{name}.git", {**files, "data/list.md": files["data/list.md"] + line})


def clone_of(folder: Path, address: str) -> Settings:
    fleet = read_fleet(fleet_file(folder, f'[[lists]]\nname = "ann/gardens"\ngit = "{address}"\n'))
    return load_list_settings(fleet, fleet.lists[0])


def test_a_list_that_is_a_repository_is_cloned_and_brought_up_to_date(tmp_path: Path) -> None:
    bare = bare_list(tmp_path, "list")
    for _ in range(2):
        settings = clone_of(tmp_path, f"file://{bare.path}")
        assert settings.catalog_path.read_text() == bare.text("main", "data/list.md")
        assert settings.state.folder == tmp_path / ".triage-fleet" / "ann--gardens" / "state"
        bare.edit("main", lambda text: f"{text}More.\n", path="data/list.md")


def test_a_new_address_of_a_repository_is_followed(tmp_path: Path) -> None:
    old, new = bare_list(tmp_path, "old"), bare_list(tmp_path, "new", "Moved.\n")
    clone_of(tmp_path, f"file://{old.path}")
    assert clone_of(tmp_path, f"file://{new.path}").catalog_path.read_text() == new.text("main", "data/list.md")


def test_a_repository_on_this_machine_is_looked_for_beside_the_file(tmp_path: Path) -> None:
    bare = bare_list(tmp_path / "our lists", "gärten")
    (tmp_path / "fleet").mkdir()
    for _ in range(2):
        settings = clone_of(tmp_path / "fleet", "../our lists/gärten.git")
        assert settings.catalog_path.read_text() == bare.text("main", "data/list.md")
        (settings.home / "kept").touch()  # as long as the clone is brought up to date, not made anew
        bare.edit("main", lambda text: f"{text}More.\n", path="data/list.md")
    assert (settings.home / "kept").exists()


@pytest.mark.parametrize("left", ["index.lock", "shallow.lock", "HEAD"])
def test_a_clone_that_a_killed_git_left_unusable_is_made_anew(left: str, tmp_path: Path) -> None:
    bare = bare_list(tmp_path, "list")
    clone = clone_of(tmp_path, f"file://{bare.path}").catalog_path.parents[1]
    (clone / ".git" / left).write_text("")
    (clone.parent / "list.new").mkdir()
    bare.edit("main", lambda text: f"{text}More.\n", path="data/list.md")
    for _ in range(2):
        settings = clone_of(tmp_path, f"file://{bare.path}")
        assert settings.catalog_path.read_text() == bare.text("main", "data/list.md")
    assert [path.name for path in clone.parent.iterdir()] == ["list"]


def test_what_git_says_is_told_without_its_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with GitServer(tmp_path, {}) as server:
        address = server.url("list")
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{address.replace('//', '//hunter2@')}.insteadOf")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", address)
        with pytest.raises(SourceError) as raised:
            clone_of(tmp_path, address)
    assert "could not read Password for 'http://127.0.0.1:" in str(raised.value)
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("first", ["clone", "fetch"])
def test_no_token_of_the_user_follows_a_redirect_of_a_list_s_repository(
    first: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_list(tmp_path, "list")
    with GitServer(tmp_path, {"hunter2": "read"}) as server, GitServer(tmp_path, {"hunter2": "read"}) as other:
        address = server.url("list")
        basic = base64.b64encode(b"x:hunter2").decode()
        (tmp_path / "gitconfig").write_text(
            f'[http]\n\tfollowRedirects = true\n\textraHeader = "Authorization: Basic {basic}"\n'
            f'[http "{address}"]\n\tfollowRedirects = true\n'
        )
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
        if first == "fetch":
            clone_of(tmp_path, address)
        server.moved = other
        with pytest.raises(SourceError, match=r"has moved to http://127\.0\.0\.1:\d+: correct its address") as raised:
            clone_of(tmp_path, address)
    assert (other.steps, "hunter2" in str(raised.value), basic in str(raised.value)) == ([], False, False)


def test_a_folder_that_cannot_hold_clones_is_a_designed_error(tmp_path: Path) -> None:
    (tmp_path / ".triage-fleet").touch()
    with pytest.raises(ConfigError, match=r"ann--gardens: .*; make the folder of fleet\.toml writable"):
        clone_of(tmp_path, f"file://{bare_list(tmp_path, 'list').path}")


def test_a_repository_that_is_not_there_and_a_folder_without_a_list(tmp_path: Path) -> None:
    fleet = read_fleet(fleet_file(tmp_path, f'{ONE}[[lists]]\nname = "gone"\ngit = "file://{tmp_path}/nothing"\n'))
    with pytest.raises(SourceError, match="git failed"):
        load_list_settings(fleet, fleet.list_named("gone"))
    with pytest.raises(ConfigError, match=r"list gardens: no triage\.toml in"):
        load_list_settings(fleet, fleet.list_named("gardens"))
    with pytest.raises(ConfigError, match="no list 'other' in the fleet; its lists are gardens, gone"):
        fleet.list_named("other")


def test_lists_do_not_share_the_one_state_folder_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gardens").mkdir()
    (tmp_path / "gardens" / "triage.toml").write_text("")
    fleet = read_fleet(fleet_file(tmp_path, '[[lists]]\nname = "gardens"\nfolder = "gardens"'))
    monkeypatch.setenv("TRIAGE_STATE_FOLDER", "kept")
    assert load_list_settings(fleet, fleet.lists[0]).state.folder == tmp_path / "gardens" / "kept"
    monkeypatch.setenv("TRIAGE_STATE_FOLDER", str(tmp_path))
    shared = fleet.model_copy(update={"state_url": "postgresql+psycopg://localhost/triage"})
    for each in (fleet, shared):
        with pytest.raises(ConfigError, match=r"TRIAGE_STATE_FOLDER .*all lists of the fleet would share it"):
            load_list_settings(each, each.lists[0])
