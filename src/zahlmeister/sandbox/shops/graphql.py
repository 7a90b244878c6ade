"""As much of GraphQL as a stand-in needs: read a question, and pick what it asks for out of what there is.

A field that is not there is an error, as with a schema. Types, fragments by name and directives are not played.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[A-Za-z_$][A-Za-z0-9_$]*|-?\d+|[{}()\[\]:!=,]')


class Wrong(Exception):
    """The question cannot be answered: syntax, or a field that is not there."""


@dataclass(slots=True)
class Field:
    """A field that is asked for, its arguments filled in."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    inner: "list[Field]" = field(default_factory=list)


def fields_of(question: str, variables: Mapping[str, Any]) -> list[Field]:
    """The fields that a query or a mutation asks for at its top.

    Raises:
        Wrong: it is no query.
    """
    return _Reader(_TOKEN.findall(question), variables).operation()


def picked(data: Any, wanted: list[Field]) -> Any:
    """What is wanted of the data. A function in it is called with the arguments.

    Raises:
        Wrong: a field is not there.
    """
    if isinstance(data, list):
        return [picked(one, wanted) for one in data]
    if data is None or not wanted:
        return data
    found = {}
    for each in wanted:
        if each.name == "...":
            found.update(picked(data, each.inner))
            continue
        if each.name not in data:
            raise Wrong(f"Field '{each.name}' doesn't exist")
        value: Any = data[each.name]
        answer: Callable[..., Any] | None = value if callable(value) else None
        found[each.name] = picked(answer(**each.arguments) if answer else value, each.inner)
    return found


class _Reader:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[str], variables: Mapping[str, Any]) -> None:
        self._tokens = tokens
        self._at = 0
        self._variables = variables

    def operation(self) -> list[Field]:
        while self._peek() != "{":
            if self._take() == "(":
                self._skip(")")
        return self._fields()

    def _fields(self) -> list[Field]:
        self._expect("{")
        found = []
        while self._peek() != "}":
            found.append(self._field())
        self._expect("}")
        return found

    def _field(self) -> Field:
        one = Field(self._take())
        if one.name == "...":
            self._expect("on")
            self._take()
        if self._peek() == "(":
            one.arguments = self._object("(", ")")
        if self._peek() == "{":
            one.inner = self._fields()
        return one

    def _object(self, opening: str, closing: str) -> dict[str, Any]:
        self._expect(opening)
        found = {}
        while self._peek() != closing:
            name = self._take()
            self._expect(":")
            found[name] = self._value()
            if self._peek() == ",":
                self._take()
        self._expect(closing)
        return found

    def _value(self) -> Any:
        sign = self._peek()
        if sign == "{":
            return self._object("{", "}")
        self._take()
        if sign == "[":
            return self._list()
        if sign.startswith("$"):
            return self._variables.get(sign[1:])
        if sign.startswith('"'):
            return sign[1:-1]
        if re.fullmatch(r"-?\d+", sign):
            return int(sign)
        return {"true": True, "false": False, "null": None}.get(sign, sign)

    def _list(self) -> list[Any]:
        found = []
        while self._peek() != "]":
            found.append(self._value())
            if self._peek() == ",":
                self._take()
        self._expect("]")
        return found

    def _skip(self, until: str) -> None:
        while self._take() != until:
            pass

    def _peek(self) -> str:
        if self._at >= len(self._tokens):
            raise Wrong("syntax error, unexpected end of file")
        return self._tokens[self._at]

    def _take(self) -> str:
        token = self._peek()
        self._at += 1
        return token

    def _expect(self, token: str) -> None:
        found = self._take()
        if found != token:
            raise Wrong(f"syntax error, unexpected {found}, expecting {token}")
