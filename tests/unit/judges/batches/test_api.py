"""What the batch endpoints answer is told from what goes wrong here."""

from __future__ import annotations

from typing import Any

import pytest

from agent.judges.batches.api import BatchServer
from agent.judges.openai.endpoint import Endpoint


def test_a_mistake_of_this_program_is_not_taken_for_an_answer_of_the_server() -> None:
    server = BatchServer(Endpoint(base_url="http://127.0.0.1:9/v1"))
    no_moment: Any = None
    with pytest.raises(TypeError):
        server.find("token", no_moment)
    server.close()
