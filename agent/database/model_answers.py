"""The raw answers of models, so that nothing is asked twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from agent.database.connection import ListDatabase
from agent.database.tables import model_answers


class ModelAnswers(ListDatabase):
    """The memory of the judges that ask a model (``Answers`` in ``core/judging/questions.py``)."""

    def get(self, key: str) -> dict[str, Any] | None:
        """Return the raw answer of a model that is stored under a content key, or None."""
        answer = self._value(
            select(model_answers.c.answer).where(self._of_list(model_answers), model_answers.c.key == key)
        )
        return json.loads(answer) if answer else None

    def put(self, key: str, answer: Mapping[str, Any]) -> None:
        """Keep the raw answer of a model under a content key."""
        self._put(model_answers, [{"key": key, "answer": json.dumps(answer)}])
