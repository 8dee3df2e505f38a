"""Decodes form bodies and checks them against an endpoint's parameters, refusing as Stripe refuses."""

import re
from typing import Any
from urllib.parse import parse_qsl

from simulators.stripe.errors import Obj, StripeError, before_work
from simulators.stripe.library import Fields, Shape

MAX_FIELDS = 1000
MAX_TEXT = 5000
MAX_DEPTH = 6
# docs.stripe.com/api/metadata: 50 keys, key up to 40 and value up to 500 characters.
METADATA_KEYS, METADATA_KEY, METADATA_VALUE = 50, 40, 500


def decode(text: str) -> Obj:
    """Nested parameters of a form body or query: `a[b][0]=x` becomes {"a": {"b": {"0": "x"}}}."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as error:
        raise before_work("The request body is not valid form data in UTF-8.") from error
    raw: Obj = {}
    for name, value in pairs:
        _put(raw, name, value)
    return raw


def _put(raw: Obj, name: str, value: str) -> None:
    head, *rest = name.replace("]", "").split("[")
    if len(rest) > MAX_DEPTH:
        raise before_work(f"Invalid parameter, nested too deeply: {name[:100]}", param=head)
    node, keys = raw, [head, *rest]
    for key in keys[:-1]:
        node = node.setdefault(key, {})
        if not isinstance(node, dict):
            raise before_work(f"Invalid parameter, both a value and an object: {head}", param=head)
    last = keys[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise before_work(f"Invalid parameter, both a value and an object: {head}", param=head)
    node[last] = value


def check(fields: Fields, raw: Obj, parent: str = "") -> Obj:
    """Typed parameters. Unknown, missing and wrongly typed ones raise the error Stripe documents for them."""

    def label(name: str) -> str:
        return f"{parent}[{name}]" if parent else name

    if unknown := [label(name) for name in raw if name not in fields]:
        plural = "s" if len(unknown) > 1 else ""
        raise before_work(
            f"Received unknown parameter{plural}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )
    for name, slot in fields.items():
        if slot.required and name not in raw:
            raise missing(label(name))
        if slot.required and raw[name] == "":
            raise _empty(label(name))
    return {name: _value(fields[name].shape, value, label(name)) for name, value in raw.items()}


def missing(name: str) -> StripeError:
    return before_work(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _value(shape: Shape, value: Any, label: str) -> Any:
    if isinstance(value, dict):
        return _nested(shape, value, label)
    if value == "":
        if shape.blank or shape.text or shape.mapping:
            return ""
        raise _empty(label)
    if value in shape.choices:
        return value
    if shape.boolean and value in ("true", "false"):
        return value == "true"
    if shape.integer and re.fullmatch(r"-?\d{1,18}", value):
        return int(value)
    if shape.number and re.fullmatch(r"-?\d{1,18}(\.\d{1,18})?", value):
        return float(value)
    if shape.text and len(value) <= MAX_TEXT:
        return value
    raise _wrong(shape, value, label)


def _nested(shape: Shape, value: Obj, label: str) -> Any:
    if shape.fields is not None:
        return check(shape.fields, value, label)
    if shape.items is not None and all(key.isdecimal() for key in value):
        order = sorted(value, key=int)
        return [_value(shape.items, value[key], f"{label}[{place}]") for place, key in enumerate(order)]
    if shape.mapping and all(isinstance(entry, str) for entry in value.values()):
        return _metadata(value, label)
    raise before_work(f"Invalid {label}: an object is not allowed here", param=label)


def _metadata(value: Obj, label: str) -> Obj:
    if len(value) > METADATA_KEYS:
        raise before_work(f"You can have up to {METADATA_KEYS} metadata keys.", param=label)
    for key, entry in value.items():
        if len(key) > METADATA_KEY:
            raise before_work(f"Metadata keys can be up to {METADATA_KEY} characters.", param=label)
        if len(entry) > METADATA_VALUE:
            raise before_work(
                f"Metadata values can be up to {METADATA_VALUE} characters.", param=f"{label}[{key}]"
            )
    return value


def _empty(label: str) -> StripeError:
    return before_work(
        f"You passed an empty string for '{label}'. We assume empty values are an attempt to unset a "
        f"parameter; however '{label}' cannot be unset. You should remove '{label}' from your request or "
        "supply a non-empty value.",
        code="parameter_invalid_empty",
        param=label,
    )


def _wrong(shape: Shape, value: str, label: str) -> StripeError:
    shown = value[:100]
    if shape.integer:
        return before_work(f"Invalid integer: {shown}", code="parameter_invalid_integer", param=label)
    if shape.choices:
        return before_work(f"Invalid {label}: must be one of {_either(shape.choices)}", param=label)
    if shape.boolean:
        return before_work(f"Invalid boolean: {shown}", param=label)
    if shape.text:
        return before_work(f"Invalid string: must be at most {MAX_TEXT} characters", param=label)
    wanted = "array" if shape.items else "number" if shape.number else "object"
    return before_work(f"Invalid {wanted}", param=label)


def _either(choices: tuple[str, ...]) -> str:
    if len(choices) < 3:
        return " or ".join(choices)
    return f"{', '.join(choices[:-1])}, or {choices[-1]}"
