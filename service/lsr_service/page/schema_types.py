"""JSON Schema in few words."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
LIMITS = {
    "minimum": "≥ {}",
    "maximum": "≤ {}",
    "exclusiveMinimum": "> {}",
    "exclusiveMaximum": "< {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {}",
    "maxItems": "at most {}",
}


@dataclass(frozen=True)
class Member:
    """A member of an object."""

    name: str
    type: str
    required: bool
    default: str
    """As JSON, empty where there is none."""
    description: str


def members(schema: Schema) -> list[Member]:
    """Return the members of an object's schema; none of other schemas."""
    required = schema.get("required", ())
    return [
        Member(
            name,
            type_of(each),
            name in required,
            json.dumps(each["default"]) if each.get("default") is not None else "",
            each.get("description", ""),
        )
        for name, each in schema.get("properties", {}).items()
    ]


def type_of(schema: Schema) -> str:
    """Return a schema as a phrase: `list of string`, `number ≥ 0 or null`."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if choices := schema.get("anyOf", schema.get("oneOf")):
        return " or ".join(dict.fromkeys(type_of(each) for each in choices))
    if "enum" in schema:
        return " or ".join(json.dumps(each) for each in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "any value")
    if kind == "array":
        kind = f"list of {type_of(schema.get('items', {}))}"
    elif kind == "object" and isinstance(schema.get("additionalProperties"), Mapping):
        kind = f"object of {type_of(schema['additionalProperties'])}"
    elif isinstance(kind, list):
        kind = " or ".join(kind)
    limits = [text.format(f"{schema[name]:,g}") for name, text in LIMITS.items() if name in schema]
    return " ".join([kind, ", ".join(limits)]).strip()
