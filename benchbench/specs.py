"""The specifications that users type: `method[option=value,…]` and `metric[extractor]`."""

from __future__ import annotations

import dataclasses
import re
import sys
import typing
from collections.abc import Collection, Mapping
from typing import Any, Literal

from benchbench.core import BenchbenchError, Method, Metric, UnknownName, WrongUsage
from benchbench.plugins import Registry, unknown_name

_SPECIFICATION = re.compile(r"(?P<name>[^\[\]]+)(\[(?P<inside>[^\[\]]*)\])?")


NO_VALUE = "default"
"""The spelling of `None`, which leaves an option `X | None` to the method."""
_TRUTHS = dict.fromkeys(("true", "1", "yes", "on"), True) | dict.fromkeys(("false", "0", "no", "off"), False)


def split(text: str) -> tuple[str, str | None]:
    """Return the name and the text in its square brackets, if any."""
    match = _SPECIFICATION.fullmatch(text.strip())
    if match is None:
        raise WrongUsage(f"cannot read {text!r}: write NAME or NAME[option=value,option=value]")
    return match["name"].strip(), match["inside"]


def parse_method(text: str, registry: Registry) -> tuple[str, dict[str, Any]]:
    """Return the name and the typed options of `name[option=value,…]`."""
    name, inside = split(text)
    options: dict[str, str] = {}
    for part in filter(None, (inside or "").split(",")):
        key, equals, value = part.partition("=")
        if not equals:
            raise WrongUsage(f"cannot read {text!r}: {part!r} is not option=value")
        options[key.strip().replace("-", "_")] = value.strip()
    return name, convert_options(registry.get("methods", name), options)


def convert_options(method: type[Method], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options as values of the types of the method's dataclass fields, from strings or from such values.

    Raise `WrongUsage` naming the option that the method lacks, or whose value does not have its type.
    """
    known = [field.name for field in dataclasses.fields(method) if field.init]
    converted = {}
    for key, value in options.items():
        if key not in known:
            raise UnknownName(f"method {method.name}: " + unknown_name("option", key, known))
        try:
            converted[key] = _convert(value, _hint(method, key))
        except ValueError as error:
            raise WrongUsage(f"method {method.name}: option {key}={value!r}: {error}") from None
    return converted


def _hint(method: type[Method], key: str) -> Any:
    owner = next(cls for cls in method.__mro__ if key in cls.__dict__.get("__annotations__", {}))
    hint = owner.__dict__["__annotations__"][key]
    return eval(hint, vars(sys.modules[owner.__module__])) if isinstance(hint, str) else hint


def required(hint: Any) -> Any:
    """Return `X` of `X | None`, and any other hint as it is."""
    parts = [part for part in typing.get_args(hint) if part is not type(None)]
    return parts[0] if len(parts) == 1 and type(None) in typing.get_args(hint) else hint


def _convert(given: Any, hint: Any) -> Any:
    """Return a string or a value, converted to the type of its field: `"2"` and 2 for a float are 2.0."""
    text = isinstance(given, str)
    if required(hint) is not hint:
        return None if given is None or given == NO_VALUE else _convert(given, required(hint))
    if typing.get_origin(hint) is Literal:
        allowed = typing.get_args(hint)
        for value in allowed:
            if str(value) == given or (value == given and isinstance(value, bool) == isinstance(given, bool)):
                return value
        raise ValueError(f"expected one of {', '.join(map(str, allowed))}")
    if hint is bool:
        truth = _TRUTHS.get(given.lower()) if text else given
        if not isinstance(truth, bool):
            raise ValueError("expected true or false")
        return truth
    if hint in (int, float):
        wanted = ValueError(f"expected {'a whole number' if hint is int else 'a number'}")
        if not text and (isinstance(given, bool) or not isinstance(given, (int, float))):
            raise wanted
        try:
            number = hint(given)
        except (ValueError, OverflowError):
            raise wanted from None
        if hint is int and not text and number != given:
            raise wanted
        return number
    if hint is str and not text:
        raise ValueError("expected a text")
    return given


def format_method(name: str, options: Mapping[str, Any], defaults: Mapping[str, Any] | None = None) -> str:
    """Return `name[option=value,…]` with the options that differ from `defaults`."""
    shown = {k: v for k, v in options.items() if defaults is None or k not in defaults or defaults[k] != v}
    texts = [f"{key}={NO_VALUE if value is None else value}" for key, value in sorted(shown.items())]
    return f"{name}[{','.join(texts)}]" if texts else name


def label_of(method: Method, known: Collection[str]) -> str:
    """Return what tables call a method: the name that the user gave, else its name with the options not the default's.

    `known` are the names of all methods: no user's name may pass for one of them.
    """
    own = method.own_label()
    if own and own.partition("[")[0].strip() not in known:
        return own
    return format_method(method.name, method.options(), type(method)().options())


def find_metric(text: str, registry: Registry) -> type[Metric] | None:
    """Return the metric class of `metric[extractor]`; `None` where no plugin here provides it."""
    return registry.metrics.get(split(text)[0])


def parse_score(text: str, registry: Registry) -> tuple[type[Metric], str | None]:
    """Return the metric class and the extractor's name of `metric[extractor]`."""
    name, features = split(text)
    metric = registry.get("metrics", name)
    if metric.extractor:
        if features not in (None, metric.extractor):
            raise BenchbenchError(f"metric {name} always uses {metric.extractor}: write {name}, not {text}")
        return metric, metric.extractor
    if metric.uses_features and features is None:
        raise BenchbenchError(f"metric {name} needs a feature extractor: write {name}[mini]")
    if not metric.uses_features and features is not None:
        raise BenchbenchError(f"metric {name} takes no feature extractor: write {name}")
    if features is not None:
        registry.get("features", features)
    return metric, features
