"""Reads the forms that the review page sends."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_FIELDS: Final = 40
FORM_SECONDS: Final = 20


async def read_form(request: Request) -> FormData:
    """Return the form of a request. Raises HTTPException for one that cannot be read, or does not arrive in time."""
    try:
        async with asyncio.timeout(FORM_SECONDS):
            return await request.form(max_files=0, max_fields=MAX_FIELDS)
    except TimeoutError:
        raise HTTPException(408, "the form did not arrive in time; send it again") from None


def field(form: FormData, name: str) -> str:
    """Return the one value of a field. Raises HTTPException when it was sent more than once."""
    values = form.getlist(name)
    if len(values) > 1 or not all(isinstance(value, str) for value in values):
        raise HTTPException(400, f"the field {name!r} was sent {len(values)} times")
    return str(values[0]) if values else ""
