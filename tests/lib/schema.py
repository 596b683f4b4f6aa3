# SPDX-License-Identifier: GPL-2.0-only
"""Checks the program's JSON against its own schemas. One rule is stricter than
the schemas are: a member that a schema does not name is an error. Readers must
take new members, and a test must notice one that is not described."""
import functools
import json
import pathlib

import debian


def _close(schema):
    """Returns the schema with objects that have no other members."""
    if isinstance(schema, list):
        return [_close(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _close(inner) for key, inner in schema.items()}
    if isinstance(closed.get("properties"), dict):
        closed.setdefault("additionalProperties", False)
    return closed


@functools.cache
def _validator(root, name):
    path = pathlib.Path(root, f"postproc/schema/{name}.schema.json")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema = debian.module("jsonschema", "python3-jsonschema")
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(_close(schema))


def follows(root, value):
    """Asserts that `value` follows the schema that it names. `root` is the
    source tree."""
    name = value["schema"].removeprefix("smallfio-")
    for error in _validator(root, name).iter_errors(value):
        where = "".join(f"[{part!r}]" for part in error.absolute_path)
        raise AssertionError(f"{name}: ${where}: {error.message[:300]}")
