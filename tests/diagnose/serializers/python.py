"""Asks this Python, json and orjson. Standard input: a line of formulas (a JSON array, `x` is the input), then
documents in base64. Standard output: the version, then for each document each formula's bytes in base64, `!` if
refused, `?` if it is another version's formula."""

import base64
import json
import sys

formulas, *documents = sys.stdin.read().splitlines()
formulas = json.loads(formulas)
version = "Python " + sys.version.split()[0]
is_other = lambda formula: False
if any("orjson" in formula for formula in formulas):
    import orjson

    version = "orjson " + orjson.__version__
    is_old = b"+" not in orjson.dumps(1e16)
    is_other = lambda formula: ("without +" in formula) != is_old


def code(formula):
    return None if is_other(formula) else compile(formula.split(" (exponents")[0], formula, "eval")


def printed(code, x):
    if code is None:
        return "?"
    try:
        result = eval(code)
        result = result.encode() if isinstance(result, str) else result
        return "=" + base64.b64encode(result).decode()
    except (ValueError, RecursionError, TypeError) as why:
        if isinstance(why, TypeError) and "Recursion" not in str(why):
            raise
        return "!"


codes = [code(formula) for formula in formulas]
print(version)
for document in documents:
    x = base64.b64decode(document).decode()
    print(*(printed(code, x) for code in codes))
