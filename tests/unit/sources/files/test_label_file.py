"""The file that labels are written to: whatever else stands in it stays, and it is never half written."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.errors import ConfigError
from agent.records import Label
from agent.sources.files.label_file import LabelFile
from agent.sources.files.records import read_labels
from tests.support.desk import DRAFT, OUT, QUEUED


def test_a_night_can_be_labelled_over_days_in_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.jsonl"
    mine = f'{{"grade": 1, "primary": "x\u2028", "id": "{DRAFT}v2", "note": "é", "secondary": null}}'
    path.write_text(f"\n{mine}\r\n\n", encoding="utf-8", newline="")
    path.chmod(0o640)
    LabelFile(path).save(Label(id=OUT, grade=0, primary=None))
    LabelFile(path).save(Label(id=QUEUED, grade=0, primary=None))
    assert path.read_bytes().decode().split("\n")[0] == mine + "\r"
    assert [label.id for label in read_labels(path)] == [DRAFT, OUT, QUEUED]
    assert path.stat().st_mode & 0o777 == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["mine.jsonl"]


def test_a_link_to_the_labels_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "labels.jsonl"
    link.symlink_to(tmp_path / "real" / "labels.jsonl")
    LabelFile(link).save(Label(id=OUT, grade=0, primary=None))
    assert link.is_symlink()
    assert len(read_labels(tmp_path / "real" / "labels.jsonl")) == 1


def test_opening_a_labels_file_creates_none(tmp_path: Path) -> None:
    LabelFile(tmp_path / "labels.jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("gone/labels.jsonl", "No such file or directory"),
        ("file/labels.jsonl", "Not a directory"),
        ("", "Is a directory"),
    ],
)
def test_a_labels_path_that_cannot_be_written_is_one_clear_line(tmp_path: Path, place: str, said: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match=rf"^--labels [^\n]*{said}; give a writable file path$"):
        LabelFile(tmp_path / place)


def test_labels_in_gz_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"plain text"):
        LabelFile(tmp_path / "labels.jsonl.gz")


LINE = b'{"id": "2511.00001", "grade": 0, "primary": null}\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (LINE + b"oops\n", "line 2: "),
        (LINE + b"[1]\n", "line 2: a JSON list, not an object"),
        (LINE + LINE, "line 2: 2511.00001 is labelled twice"),
        (b'{"id": "2511.00001", "grade": 7, "primary": null}\n', "line 1: the field 'grade'"),
        (b"\xff\xfe", "not UTF-8"),
        (LINE + b'{"a":' * 100_000, "line 2: nested too deeply"),
        (b'{"grade": ' + b"9" * 5000 + b"}", "line 1: a number of 5000 digits"),
        (b'{"grade": NaN}', "line 1: NaN is not JSON"),
    ],
)
def test_a_labels_file_with_a_bad_line_is_one_clear_line_and_stays_as_it_was(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        LabelFile(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content
