"""The golden text says what a hash of the scheme `ast1` is made from: whoever changes it makes every outcome stale."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.registry import canonical_ast
from benchmark.registry.canonical_ast import canonical

GOLDEN = Path(__file__).parent / "golden"
EVERY_STATEMENT = GOLDEN / "every_statement.txt"

# Not through `benchmark`: another Python may have none of its dependencies.
SCRIPT = """
import ast, runpy, sys
canonical = runpy.run_path(sys.argv[1])["canonical"]
sys.stdout.write(canonical(ast.parse(open(sys.argv[2], "rb").read())).replace(")", ")\\n"))
"""


def other_pythons():
    """Return the Pythons of other versions that pyenv has beside this one."""
    versions = Path(sys.base_prefix).parent
    return [path for path in sorted(versions.glob("3.1[1-9].*/bin/python")) if path.parents[1] != Path(sys.base_prefix)]


def test_every_statement_has_the_text_it_always_had():
    text = canonical(ast.parse(EVERY_STATEMENT.read_bytes()))
    assert text.replace(")", ")\n") == (GOLDEN / "every_statement_canonical.txt").read_text()


@pytest.mark.parametrize("python", other_pythons(), ids=lambda path: path.parents[1].name)
def test_another_version_of_python_writes_the_same_text(python):
    command = [python, "-c", SCRIPT, canonical_ast.__file__, EVERY_STATEMENT]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert text == (GOLDEN / "every_statement_canonical.txt").read_text()


CODE = '''
def f(x, *, y=1):
    """Return the sum."""
    return f"{x} + {y}", x + y
'''


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return", "# The sum.\n    return"),
        ("Return the sum.", "Add."),
        ('"""Return the sum."""', ""),
        ("x + y\n", "(x\n+y  )\n"),
        ("def f", "\n\ndef f"),
        ("\n", "\r\n"),
        ("    ", "\t"),
        ('f"{x} + {y}"', "f'{x} ' f'+ {y}' ''"),
        ("y=1", "y=0x1"),
    ],
)
def test_comments_docstrings_and_layout_are_not_in_it(old, new):
    edited = CODE.replace(old, new)
    assert edited != CODE
    assert canonical(ast.parse(edited)) == canonical(ast.parse(CODE))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x + y\n", "x - y\n"),
        ("y=1", "y=1.0"),
        ("y=1", "y=True"),
        ("y=1", "y=None"),
        ("*, y", "y"),
        ("{x} +", "{x!r} +"),
        ("{x} +", "{x:3} +"),
        ("{x} +", "{{x}} +"),
        ("def f", "def g"),
        ("def f", "async def f"),
        ("return", "yield"),
        ("    return", "    'The sum.'\n    return"),
    ],
)
def test_code_is_in_it(old, new):
    edited = CODE.replace(old, new)
    assert canonical(ast.parse(edited)) != canonical(ast.parse(CODE))


def test_two_codes_that_differ_in_where_a_name_ends_have_two_texts():
    assert canonical(ast.parse("global ab, c")) != canonical(ast.parse("global a, bc"))
    assert canonical(ast.parse("x = 'a', 'b'")) != canonical(ast.parse("x = \"a', 'b\""))


def test_code_may_nest_deeper_than_functions_may_call():
    assert canonical(ast.parse(" + ".join(["x"] * 2000))).count("Add()") == 1999


def test_a_number_may_have_more_digits_than_python_writes():
    assert len(canonical(ast.parse(f"x = 0x{'f' * 5000}"))) > 5000
