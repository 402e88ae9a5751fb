"""Python code as one text of its syntax tree, without comments, docstrings and layout.

The text of `ast.dump` differs between Python versions. This text does not: empty fields are left out, so a field that a
later version adds changes nothing until code uses it, and fields are in alphabetical order.
"""

from __future__ import annotations

import ast
import functools
from typing import Any

# What has no effect on a run: `ctx` follows from the position, `kind` is the `u` of u"text".
_SKIPPED = {"ctx", "kind", "type_comment", "type_ignores"}
_WITH_DOCSTRING = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_WITH_PIECES = ("JoinedStr", "TemplateStr")  # by name: t-strings come with Python 3.14


def canonical(tree: ast.Module) -> str:
    """Return the node types and their non-empty fields, in the order of the code.

    Examples
    --------
    >>> canonical(ast.parse("x = 1  # one"))
    "Module(body=[Assign(targets=[Name(id='x';)]value=int 0x1;)])"
    """
    text: list[str] = []
    # A stack, since a long sum nests deeper than Python lets a function call itself. Its strings are finished text.
    stack: list[Any] = [tree]
    while stack:
        item = stack.pop()
        if type(item) is str:
            text.append(item)
        elif type(item) is list:
            text.append("[")
            stack.append("]")
            stack.extend(_finished(element) for element in reversed(item))
        elif isinstance(item, ast.Constant):
            text.append(_constant(item.value))
        else:
            opening, fields = _layout(type(item))  # type: ignore[arg-type]  # a class is hashable
            text.append(opening)
            stack.append(")")
            for field, label in fields:
                value = getattr(item, field, None)
                if type(value) is list:
                    value = _normalised(item, field, value)
                if value is None or value == []:
                    continue
                stack.append(_finished(value))
                stack.append(label)
    return "".join(text)


@functools.cache
def _layout(node: type[ast.AST]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return how a node's text begins, and its fields from the last to the first, each with its label."""
    fields = sorted(set(node._fields) - _SKIPPED, reverse=True)
    return f"{node.__name__}(", tuple((field, f"{field}=") for field in fields)


def _finished(value: Any) -> Any:
    """Return what is no node and no list as finished text."""
    return value if isinstance(value, ast.AST | list) else _plain(value)


def _constant(value: Any) -> str:
    return f"{type(value).__name__} {_plain(value)}"


def _plain(value: Any) -> str:
    """Return the text of a name, a number or another constant, the same in every Python version."""
    if type(value) is int:
        return f"{hex(value)};"  # decimal text of a long number is refused by Python
    return f"{value!a};"  # not `repr`, which escapes a character until Python's Unicode tables know it


def _normalised(node: ast.AST, field: str, values: list[Any]) -> list[Any]:
    """Return a list of nodes without the docstring, and with the text of an f-string in as few pieces as can be."""
    if field == "body" and isinstance(node, _WITH_DOCSTRING):
        return values[1:] if values and isinstance(values[0], ast.Expr) and _is_text(values[0].value) else values
    if field == "values" and type(node).__name__ in _WITH_PIECES:
        return _with_joined_text(values)
    return values


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _with_joined_text(values: list[Any]) -> list[Any]:
    """Return an f-string's pieces; in some Python versions its text is cut in more of them, or has empty ones."""
    joined: list[Any] = []
    for value in values:
        if not _is_text(value):
            joined.append(value)
        elif joined and _is_text(joined[-1]):
            joined[-1] = ast.Constant(joined[-1].value + value.value)
        elif value.value:
            joined.append(value)
    return joined
