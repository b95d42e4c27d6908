"""The raw answers of models, so that nothing is asked twice."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import bindparam, select

from agent.database.connection import ListDatabase
from agent.database.tables import model_answers

_BY_KEY: Final = select(model_answers.c.answer).where(
    model_answers.c.list_id == bindparam("of_list"), model_answers.c.key == bindparam("of_key")
)
"""Asked for each paper, so built once."""


class ModelAnswers(ListDatabase):
    """The memory of the judges that ask a model (``Answers`` in ``core/judging/questions.py``)."""

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the raw answer of a model that is stored under a content key, or None."""
        answer = self._value(_BY_KEY, {"of_list": self._list_id, "of_key": key})
        return json.loads(answer) if answer else None

    def get_all(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return those of the answers that are stored, by key, in a few queries however many they are."""
        asked = select(model_answers.c.key, model_answers.c.answer).where(self._of_list(model_answers))
        return {row.key: json.loads(row.answer) for row in self._rows_of(asked, model_answers.c.key, keys)}

    def put(self, key: str, answer: Mapping[str, Any]) -> None:
        """Keep the raw answer of a model under a content key."""
        self.put_all({key: answer})

    def put_all(self, answers: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep answers by their content keys, all in one transaction."""
        self._put(model_answers, [{"key": key, "answer": json.dumps(answer)} for key, answer in answers.items()])
