"""GitHub's official OpenAPI description, taken from its npm package when it is needed, and calls held against it.

Source: https://www.npmjs.com/package/@octokit/openapi (OpenAPI 3.0.3; 28 MB, of which one 13 MB file is kept).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/openapi@23.0.2"
MEMBER = "package/generated/api.github.com.json"


def load(folder: Path) -> dict[str, Any] | None:
    """Return the description, kept in ``folder``; None when npm is not at hand or cannot get the package."""
    kept = folder / "api.github.com.json"
    if not kept.exists():
        if shutil.which("npm") is None:
            return None
        # Each test process fetches into a folder of its own and moves the file in place whole: several may run at once.
        with tempfile.TemporaryDirectory(dir=folder) as own:
            try:
                subprocess.run(
                    ["npm", "pack", "--silent", PACKAGE], cwd=own, check=True, capture_output=True, timeout=120
                )
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
                return None
            [packed] = Path(own).glob("*.tgz")
            with tarfile.open(packed) as archive:
                archive.extract(MEMBER, own, filter="data")
            (Path(own) / MEMBER).replace(kept)
    found: dict[str, Any] = json.loads(kept.read_bytes())
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
