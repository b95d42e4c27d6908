"""Settings: who wins, and what a mistake says."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from agent import environment
from agent.errors import ConfigError
from agent.settings import GithubSettings, Settings, load_settings
from tests.conftest import ROOT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "triage.toml"
    path.write_text('[judge]\nmodel = "of-the-file"\nconcurrency = 3\n\n[review]\nbudget = 4\n')
    return path


def refused(file: Path, judge: dict[str, str] | None = None) -> str:
    """Return the one line of the error."""
    with pytest.raises(ConfigError) as caught:
        load_settings(file, judge=judge or {})
    (line,) = str(caught.value).splitlines()
    return line


def test_the_command_line_wins_then_the_environment_then_the_file_then_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(file).judge.model == "of-the-file"
    assert load_settings(file).judge.reasoning_effort == "low"
    monkeypatch.setenv("TRIAGE_JUDGE_MODEL", "of-the-environment")
    assert load_settings(file).judge.model == "of-the-environment"
    given = load_settings(file, judge={"model": "of-the-command-line", "kind": None})
    assert given.judge.model == "of-the-command-line"
    assert (given.judge.concurrency, given.judge.kind, given.review.budget) == (3, "", 4)


def test_the_state_folder_is_the_one_that_is_set_beside_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = file.parent
    assert load_settings(file).state.folder == home / ".triage"
    file.write_text('[state]\nfolder = "of-the-file"\n')
    assert load_settings(file).state.folder == home / "of-the-file"
    monkeypatch.setenv("HOME", "/home/keeper")
    file.write_text('[state]\nfolder = "~/of-the-keeper"\n')
    assert load_settings(file).state.folder == Path("/home/keeper/of-the-keeper")
    file.write_text('[state]\nfolder = "~nobody-has-this-name/of-the-keeper"\n')
    with pytest.raises(ConfigError, match="no home of such a user"):
        load_settings(file)
    monkeypatch.setenv("TRIAGE_STATE_FOLDER", "of-the-environment")
    assert load_settings(file).state.folder == home / "of-the-environment"
    monkeypatch.setenv("TRIAGE_STATE_FOLDER", "/srv/state")
    assert load_settings(file).state.folder == Path("/srv/state")
    assert load_settings(file, Path("of-the-command-line")).state.folder == Path("of-the-command-line")


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that exists and cannot be read")
def test_a_file_that_cannot_be_read_is_named(file: Path) -> None:
    file.unlink()
    file.symlink_to("/proc/self/mem")
    assert f"{file}: cannot be read" in refused(file)


@pytest.mark.parametrize(
    ("name", "value", "section", "key", "expected"),
    [
        ("TRIAGE_JUDGE_MAX_COST_USD", "2.5", "judge", "max_cost_usd", 2.5),
        ("TRIAGE_JUDGE_SECOND_MODEL", "gpt-6-sol", "judge", "second_model", "gpt-6-sol"),
        ("TRIAGE_REVIEW_MIN_SCORE", "0.25", "review", "min_score", 0.25),
        ("TRIAGE_SOURCE_CROSS_LISTS", "false", "source", "cross_lists", False),
        ("TRIAGE_SOURCE_CATEGORIES", '["cs.RO"]', "source", "categories", ("cs.RO",)),
        ("TRIAGE_ARXIV_API_URL", "http://127.0.0.1:1/q", "arxiv", "api_url", "http://127.0.0.1:1/q"),
        ("TRIAGE_ARXIV_RSS_URL", "http://127.0.0.1:1/rss", "arxiv", "rss_url", "http://127.0.0.1:1/rss"),
        ("TRIAGE_GITHUB_API_URL", "http://127.0.0.1:1", "github", "api_url", "http://127.0.0.1:1"),
        ("TRIAGE_CATALOG_PATH", "other.md", "catalog", "path", "other.md"),
    ],
)
def test_every_key_has_its_name_in_the_environment(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, section: str, key: str, expected: object
) -> None:
    monkeypatch.setenv(name, value)
    assert getattr(getattr(load_settings(file), section), key) == expected


def test_a_wrong_value_of_the_environment_is_blamed_on_its_variable(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_REVIEW_BUDGET", "many")
    assert refused(file).startswith("TRIAGE_REVIEW_BUDGET: review.budget = 'many': ")


def test_the_file_of_the_working_directory_is_used_and_without_one_nothing_is_done(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(file.parent)
    assert load_settings().judge.model == "of-the-file"
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match=r"no triage\.toml in .*elsewhere: run `triage init`"):
        load_settings()


def test_a_wrong_folder_is_told_where_the_file_is(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below, beside = tmp_path / "docs" / "more", tmp_path / "other"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    with pytest.raises(ConfigError, match=f"there is {file}$"):
        load_settings()
    file.rename(tmp_path / "docs" / "triage.toml")
    beside.mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"there is .*/docs/triage\.toml$"):
        load_settings()


@pytest.mark.parametrize(
    "name", ["cs.CL", "astro-ph.IM", "cond-mat.mtrl-sci", "physics.chem-ph", "q-bio.BM", "quant-ph", "hep-th"]
)
def test_the_categories_of_arxiv_are_taken(file: Path, name: str) -> None:
    file.write_text(f'[source]\ncategories = ["{name}"]\n')
    assert load_settings(file).source.categories == (name,)


def test_the_list_its_state_and_a_listing_are_beside_the_file_unless_typed(file: Path, tmp_path: Path) -> None:
    found = load_settings(file)
    assert (found.home, found.state.folder) == (tmp_path, tmp_path / ".triage")
    assert found.catalog_path == tmp_path / "data" / "catalog.md"
    assert load_settings(file, tmp_path / "other").state.folder == tmp_path / "other"
    assert found.source.kind == "arxiv"
    file.write_text('[source]\nkind = "night.jsonl"\n')
    assert load_settings(file).source.kind == str(tmp_path / "night.jsonl")
    typed = load_settings(file, source={"kind": "typed.jsonl"})
    assert typed.source.kind == "typed.jsonl", "as the shell sees it"


def test_the_state_may_be_in_a_database_whose_password_stands_in_no_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain, secret = "postgresql+psycopg://ann@db.example.org/triage", "postgresql://ann:hunter2@db.example.org/triage"
    file.write_text(f'[state]\nurl = "{plain}"\n[github]\nrepository = "ann/gardens"\n')
    assert (load_settings(file).state.url, load_settings(file).list_name) == (plain, "ann/gardens")
    file.write_text(f'[state]\nurl = "{secret}"\nlist = "mine"\n')
    with pytest.raises(ConfigError, match=r"state\.url holds a password.*PGPASSWORD") as raised:
        load_settings(file)
    assert "hunter2" not in str(raised.value)
    monkeypatch.setenv("TRIAGE_STATE_URL", secret)
    found = load_settings(file)
    assert (found.state.url, found.list_name) == (secret, "mine")
    assert "hunter2" not in repr(found)
    assert "TRIAGE_STATE_URL" not in environment.inherited()


def test_the_committed_file_says_what_the_defaults_say() -> None:
    committed = load_settings(ROOT / "triage.toml")
    defaults = Settings(home=committed.home, state=committed.state)
    assert committed.model_dump() == defaults.model_dump()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[judge]\ncolour = 1\n", "no key judge.colour; [judge] has kind, model,"),
        ("[review]\nbugdet = 1\n", "no key review.bugdet, did you mean 'budget'?; [review] has budget, min_score"),
        ("[painting]\n", "no section [painting]; there are [state], [catalog]"),
        ("[reveiw]\n", "no section [reveiw], did you mean 'review'?"),
        ('modell = "x"\n', "key 'modell' stands outside of a section; did you mean 'model'?; write it below [judge]"),
        ("xyzzy = 1\n", "key 'xyzzy' stands outside of a section; write it below the section it belongs to"),
        ("budget = 3\n", "key 'budget' stands outside of a section; write it below [review]"),
        ('[source]\ncategories = "cs.CL"\n', """source.categories = 'cs.CL': give a list, as in ["cs.CL", "cs.LG"]"""),
        ("[source]\ncategories = []\n", "source.categories = []: give a list, as in"),
        ('[source]\ncategories = ["cs.CL", "cs.lg"]\n', "source.categories.1 = 'cs.lg': no arXiv category"),
        ('[source]\ncategories = ["cs"]\n', "source.categories.0 = 'cs': no arXiv category"),
        ('[source]\ncategories = ["cmp-lg"]\n', "source.categories.0 = 'cmp-lg': no arXiv category"),
        ('[source]\ncategories = ["q-bio"]\n', "source.categories.0 = 'q-bio': no arXiv category"),
        ("[review]\nbudget = -1\n", "review.budget = -1"),
        ('[review]\nbudget = "many"\n', "review.budget = 'many'"),
        ("[review]\nmin_score = 1.5\n", "review.min_score = 1.5"),
        ("[judge]\nconcurrency = 0\n", "judge.concurrency = 0"),
        ("[judge]\nmax_cost_usd = 0\n", "judge.max_cost_usd = 0"),
        ('[judge]\nkind = "oracle"\n', "judge.kind = 'oracle'"),
        ("[judge\n", "not valid TOML"),
        ("judge = 1\n", "judge = 1"),
    ],
)
def test_a_mistake_in_the_file_is_one_line_that_names_it(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    line = refused(file)
    assert said in line and "triage.toml" in line


def test_a_file_that_is_not_utf_8_or_not_there_is_one_line(file: Path) -> None:
    file.write_bytes(b"[judge]\nmodel = '\xff'\n")
    assert "triage.toml: not UTF-8 at byte 17; save it as UTF-8" in refused(file)
    assert "no such file" in refused(file.parent / "gone.toml")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TRIAGE_REVIEW_BUDGET", "many", "review.budget"),
        ("TRIAGE_JUDGE_COLOUR", "blue", "judge.colour"),
        ("TRIAGE_SOURCE_CATEGORIES", "cs.CL", "TRIAGE_SOURCE_CATEGORIES: not JSON; a list is JSON in the environment"),
        ("TRIAGE_STATE", "/srv/state", "TRIAGE_STATE: not JSON;"),
        ("TRIAGE_JUDGE", '{"kind": "locl"}', "TRIAGE_JUDGE: judge.kind = 'locl'"),
    ],
)
def test_a_mistake_in_the_environment_is_one_line_too(
    file: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert said in refused(file)


def test_a_wrong_value_of_the_command_line_is_named(file: Path) -> None:
    assert refused(file, judge={"kind": "gpt9"}).startswith("--judge 'gpt9': ")


@pytest.mark.parametrize("name", ["TRIAGE_ARXIV_API_URL", "TRIAGE_ARXIV_RSS_URL", "TRIAGE_GITHUB_API_URL"])
def test_an_address_that_cannot_be_asked_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://[abc")
    line = refused(file)
    assert line.startswith(f"{name}: ") and "'https://[abc': no web address" in line


def test_tokens_are_never_part_of_the_settings(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-sesame")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp-sesame")
    found = load_settings(file)
    assert "sesame" not in repr(found) + found.model_dump_json()
    assert (environment.openai_api_key(), environment.github_token()) == ("sk-sesame", "ghp-sesame")
    assert not environment.SECRETS & environment.inherited().keys()


def test_a_token_under_a_wrong_name_is_refused_without_being_shown(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_GITHUB_TOKEN", "ghp-sesame")
    line = refused(file)
    assert "github.token" in line and "sesame" not in line


@pytest.mark.parametrize(("given", "path"), [("./README.md", "README.md"), ("docs//list.md", "docs/list.md")])
def test_the_path_of_the_list_in_its_repository_is_read_as_git_names_it(given: str, path: str) -> None:
    assert GithubSettings(catalog_path=given).catalog_path == path


@pytest.mark.parametrize("given", ["", ".", "/README.md", "../README.md", "docs/../../README.md"])
def test_a_list_outside_of_its_repository_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="must be a file of the repository, relative to its top"):
        GithubSettings(catalog_path=given)


def test_line_ends_and_blanks_around_an_address_are_left_out(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRIAGE_NOTIFY_WEBHOOK_URL", " https://hooks.example/secret\r\n")
    assert load_settings(file).notify.webhook_url == "https://hooks.example/secret"
