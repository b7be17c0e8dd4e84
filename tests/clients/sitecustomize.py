"""Brings back the rule of Python 3.10 and older for defaults of dataclass fields: only lists, dicts and sets
are refused. Newer versions refuse every unhashable default, and krake.data 1.0.1 has some."""

import dataclasses

_get_field = dataclasses._get_field


def _get_field_as_before(cls, name, *arguments):
    default = getattr(cls, name, dataclasses.MISSING)
    if isinstance(default, dataclasses.Field):
        default = default.default
    kind = type(default)
    if kind.__hash__ is not None or isinstance(default, (list, dict, set)):
        return _get_field(cls, name, *arguments)
    kind.__hash__ = object.__hash__
    try:
        return _get_field(cls, name, *arguments)
    finally:
        kind.__hash__ = None


dataclasses._get_field = _get_field_as_before
