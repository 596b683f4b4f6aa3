# SPDX-License-Identifier: GPL-2.0-only
"""Checks JSON against a JSON Schema, as far as our own schemas need that. One
rule is stricter than the standard: a member that the schema does not name is
an error."""


def check(schema, value, root, where="$"):
    """Asserts that `value` follows `schema`, a part of `root`."""
    known = {"$ref", "$defs", "$schema", "$comment", "title", "description",
             "type", "required", "properties", "items", "const", "enum",
             "minimum", "maximum"}
    assert set(schema) <= known, f"{where}: {set(schema) - known}"
    if "$ref" in schema:
        node = root
        for part in schema["$ref"].removeprefix("#/").split("/"):
            node = node[part]
        check(node, value, root, where)
        return
    types = {"object": dict, "array": list, "string": str, "integer": int,
             "number": (int, float), "boolean": bool, "null": type(None)}
    if "type" in schema:
        wanted = schema["type"]
        wanted = wanted if isinstance(wanted, list) else [wanted]
        is_bool = isinstance(value, bool)
        assert any(isinstance(value, types[t])
                   and is_bool == (t == "boolean") for t in wanted), where
    if "const" in schema:
        assert value == schema["const"], where
    if "enum" in schema:
        assert value in schema["enum"], where
    if isinstance(value, (int, float)):
        assert value >= schema.get("minimum", value), where
        assert value <= schema.get("maximum", value), where
    if isinstance(value, dict):
        for name in schema.get("required", []):
            assert name in value, f"{where}.{name} is missing"
        for name, inner in value.items():
            assert name in schema["properties"], f"{where}.{name} is new"
            check(schema["properties"][name], inner, root,
                         f"{where}.{name}")
    if isinstance(value, list):
        for i, inner in enumerate(value):
            check(schema["items"], inner, root, f"{where}[{i}]")
