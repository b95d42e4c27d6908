"""GitHub's official OpenAPI description, taken from its npm package when it is needed, and calls held against it.

Source: https://www.npmjs.com/package/@octokit/openapi (OpenAPI 3.0.3; 28 MB, of which one 13 MB file is kept).
"""

from __future__ import annotations

import json
import re
from typing import Any

from tests.replicas.npm_packages import unpack

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "generated/api.github.com.json"


def load() -> dict[str, Any] | None:
    """Return the description; None when npm is not at hand or cannot get the package."""
    folder = unpack(PACKAGE, MEMBER)
    if folder is None:
        return None
    found: dict[str, Any] = json.loads((folder / MEMBER).read_bytes())
    return found


def json_schema(node: Any, *, partial: bool) -> Any:
    """Return OpenAPI 3.0 as JSON Schema: ``nullable`` becomes a type.

    ``partial`` also forgives missing fields, since the replica answers only those that are read: every value that is
    there is still checked against its own schema.
    """
    if isinstance(node, list):
        return [json_schema(item, partial=partial) for item in node]
    if not isinstance(node, dict):
        return node
    new = {
        key: json_schema(value, partial=partial) for key, value in node.items() if key not in ("example", "examples")
    }
    if partial and isinstance(new.get("required"), list):
        del new["required"]
    if partial and isinstance(new.get("oneOf"), list):
        new["anyOf"] = new.pop("oneOf")
    if new.pop("nullable", None) is True:
        return {"anyOf": [new, {"type": "null"}]}
    return new


class Description:
    """The operations of one OpenAPI document, for checking requests and answers."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._paths = document["paths"]
        self._templates = {re.compile(re.sub(r"\{\w+\}", "[^/]+", path)): path for path in self._paths}
        self._document = document
        self._components = {partial: json_schema(document["components"], partial=partial) for partial in (False, True)}

    def operation(self, method: str, path: str) -> dict[str, Any]:
        """Return the operation of a call; literal path parts win over parameters."""
        fits = [template for pattern, template in self._templates.items() if pattern.fullmatch(path)]
        found: dict[str, Any] = self._paths[min(fits, key=lambda template: template.count("{"))][method.lower()]
        return found

    def request_schema(self, operation: dict[str, Any]) -> dict[str, Any]:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        return self._whole(schema, partial=False)

    def answer_schema(self, operation: dict[str, Any], status: int) -> dict[str, Any]:
        answer = operation["responses"][str(status)]
        if "$ref" in answer:
            answer = self._document["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
        return self._whole(answer["content"]["application/json"]["schema"], partial=True)

    def required(self, name: str) -> set[str]:
        """Return the fields that an answer of this kind always has."""
        return set(self._document["components"]["schemas"][name]["required"])

    def alternatives(self, name: str) -> list[str]:
        """Return the kinds that an answer may be one of."""
        return [kind["$ref"].rsplit("/", 1)[-1] for kind in self._document["components"]["schemas"][name]["anyOf"]]

    def _whole(self, schema: Any, *, partial: bool) -> dict[str, Any]:
        return {**json_schema(schema, partial=partial), "components": self._components[partial]}
