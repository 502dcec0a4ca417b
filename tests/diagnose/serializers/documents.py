"""Writes documents.json: awkward JSON documents, as JSON strings, on which serialisers differ.

Fixed lists first, then documents from a seeded generator, so that every run writes the same file.
"""

import json
import math
import pathlib
import random
import struct

NUMBERS = """0 -0 -0.0 0.0 -0e0 0e5 1 -1 1.0 -1.0 1e3 1E3 1e+3 1.10 1.5 100 100.0 1e0 10e-1 0.1 0.10 123456789
1e14 1e15 1e16 1e17 1e18 1e19 1e20 1e21 1e22 1e23 1e25 1e100 1e308 123456789012345.0 1234567890123456.0
1234567890123456.5 1234567890123456.7 12345678901234567.0 123456789012345680.0 1234567890123456800.5
999999999999999.9 9999999999999998.0 99999999999999990.0 1e-1 1e-2 1e-3 1e-4 1e-5 1e-6 1e-7 1e-8 1e-10 1e-100
0.001 0.0001 0.00001 0.000001 0.0000001 0.00012345 0.000012345 0.0000012345 1.5e-5 1.5e-6 1.5e-7 9.999e-5
5e-324 4e-324 2e-324 1e-323 1.5e-323 2e-323 2.2250738585072014e-308 2.225073858507201e-308 1e-400 -1e-400
1.7976931348623157e308 9007199254740991 9007199254740992 9007199254740993 -9007199254740993 9007199254740993.0
2147483647 2147483648 4294967295 4294967296 9223372036854775807 9223372036854775808 -9223372036854775808
-9223372036854775809 9223372036854774784 18446744073709551615 18446744073709551616 12345678901234567890123
100000000000000000000 1000000000000000000000 999999999999999999999 999999999999999934463 1000000 9999999.0
10000000.0 12345678.9 1234567.8 99999999.0 0.002 2e-3 2.0E-3 2e23 8.41E21 8.409999999999999e21 2.2E-322 4.35 0.3
0.30000000000000004 2.5 1.005 1e1 1.e1 3.14159265358979323846264338327950288419716939937510582097494459""".split()
NUMBERS.remove("1.e1")

TOO_LARGE = ["1e309", "-1e309", "1e400", "-1e400", "1.8e308", "9" * 400, "9" * 400 + ".5", "1" + "0" * 400 + "e-390"]

LONG = ["1" * 19, "1" * 20, "7" * 40, "-" + "7" * 300, "0." + "123456789" * 20, "1" * 60 + ".5", "0." + "0" * 300 + "1",
        "9007199254740992.9999999999999999999999999999999999999999999999999999999999999999999999",
        "1.00000000000000011102230246251565404236316680908203125", "1." + "0" * 100 + "1"]

CHARACTERS = (
    [chr(c) for c in range(0x20, 0x80) if chr(c) not in '"\\']
    + list("\x80\x85\x9f\xa0\xad\xe9\xff\u0100\u0378\u0600\u200b\u200d\u200e\u2027\u2028\u2029\u202e\u2060\u3000")
    + list("\u4e2d\ud7ff\ue000\uf8ff\ufdd0\ufeff\ufffd\ufffe\uffff\U00010000\U0001f600\U0001f468\U000e0001\U0010ffff")
    + ["\\u%04x" % c for c in range(0x20)]
    + ["\\u%04X" % c for c in (0x1F, 0x7F, 0x80, 0x9F, 0xE9, 0x2F, 0x22, 0x5C, 0x26, 0x27, 0x3C, 0x2028, 0x2029, 0xFFFD)]
    + ["\\b", "\\f", "\\n", "\\r", "\\t", "\\/", "\\\\", '\\"', "\\ud83d\\ude00", "\\uD834\\uDD1E", "\\udbff\\udfff"]
)

LONE = ['"\\ud800"', '"\\udc00"', '"\\ude00\\ud83d"', '"\\ud83d\U0001f600"', '"a\\ud800b"', '"\\ud83d\\u0041"',
        '"\\ud83d\\ud83d\\ude00"', '{"\\ud800":1}', '{"\\ud800":1,"\\udc00":2,"\\ufffd":3,"\uffff":4}', '"\\udfff."',
        '"\\ud83d\\n"', '"\\ud83d\\\\u0041"', '"\\ud83d\\uzzzz"'.replace("zzzz", "e000"), '["\\ud800","\\udbff\\udc00"]']

KEYS = ["", "0", "1", "2", "10", "-1", "-0", "01", "00", "1.0", "1e3", " 1", "4294967293", "4294967294", "4294967295",
        "4294967296", "9007199254740992", "9223372036854775807", "9223372036854775808", "__proto__", "constructor",
        "toString", "length", "a", "A", "b", "aa", "é", "e\u0301", "\u2028", "\U0001f600", "\ufffd", "\uffff", "/", "<&>",
        "_empty_", "\\u0061", "\\u0041", "\\n", "\\u0000", "\\u0000a", "a\\u0000", "'", "\\\"", "+", "`", "\u007f", "$", "json_class"]

OBJECTS = ["{}", "[]", "[[]]", "[{}]", '{"":{}}', '{"a":{},"b":[]}', '{"a":{"a":{"a":[]}}}', '{"":1}', '{"a":1,"a":2}',
           '{"a":1,"b":2,"a":3}', '{"a":{"x":1},"b":0,"a":{"y":2}}', '{"a":1,"\\u0061":2}', '{"0":1}', '{"0":1,"1":2}',
           '{"1":1,"0":2}', '{"0":1,"2":2}', '{"0":1,"0":2}', '{"0":1,"1":2,"0":3}', '{"00":1}', '{"-0":1}',
           '{"0":{"0":{"0":{}}}}', '{"a":{"0":1,"1":[],"2":{}}}', '{"b":1,"10":2,"a":3,"2":4,"01":5}', '{"1":1,"":2,"0":3}',
           '{"a":1,"4294967295":2,"4294967294":3}', '{"__proto__":{"a":1},"__proto__":2}', '{"\\u0000":1}', '{"\\u0000a":1}',
           '{"a":1e400,"a":1}', '{"a":"\\ud800","a":1}', '{"x":{"a":1,"a":2}}', '[{"a":1,"a":2}]', '{"json_class":"String"}',
           '{"\ufffd":1,"\U00010000":2,"\ue000":3,"\ud7ff":4}', '{"a":null,"b":true,"c":false,"d":"","e":0}',
           '{"é":"é","\\u00e9":"\\u00e9"}', '{"+254712345678":"+254712345678"}', '{"t":"2026-04-26T08:30:14Z"}',
           '{"agentId":"a","payload":{"customerName":"Zo\xeb","url":"https://x.y/z","n":1.0}}']

SPACE = [" 1", "1 ", "\n1\n", " [ 1 , 2 ] ", '{ "a" : 1 }\n', '{\n  "a": [\n    1.0\n  ],\n  "b": {}\n}\r\n', "[\t]", "{ \n }",
         '[ "a b" ,\t" \\" , : " ]\t', '"  "', ' {"a": 1, "b": [1, 2, {"c": "d, e: f"}]}']


def doubles(chance):
    """Doubles of every size, and those that people write."""
    while True:
        yield struct.unpack("<d", struct.pack("<Q", chance.getrandbits(64)))[0]
        yield round(chance.uniform(0, 10 ** chance.randint(0, 18)), chance.randint(0, 6))
        yield chance.randint(0, 10 ** chance.randint(1, 17)) * 10.0 ** chance.randint(-30, 10)
        yield 2.0 ** chance.randint(-1074, 1023)
        yield math.nextafter(10.0 ** chance.randint(-20, 25), chance.choice([0, math.inf]))
        yield chance.randint(0, 2 ** 62) * 1.0


def number_lists(chance):
    source = (d for d in doubles(chance) if math.isfinite(d))
    for _ in range(20):
        yield "[" + ",".join(repr(next(source)) for _ in range(60)) + "]"


def value(chance, depth):
    kind = chance.randint(0, 9)
    if kind < 2:
        return chance.choice(NUMBERS)
    if kind < 5 or depth == 0:
        return text(chance)
    if kind == 5:
        return chance.choice(["null", "true", "false", "[]", "{}"])
    space = chance.choice(["", "", "", " ", "\n  "])
    many = chance.randint(0, 5)
    if kind < 8:
        items = [value(chance, depth - 1) for _ in range(many)]
        return "[" + space + ("," + space).join(items) + "]"
    entries = [key(chance) + ":" + space + value(chance, depth - 1) for _ in range(many)]
    return "{" + ("," + space).join(entries) + space + "}"


def text(chance):
    return '"' + "".join(chance.choice(CHARACTERS) for _ in range(chance.randint(0, 6))) + '"'


def key(chance):
    return '"' + chance.choice(KEYS) + '"' if chance.random() < 0.7 else text(chance)


def documents():
    chance = random.Random(20260426)
    yield from ["null", "true", "false", '""', '"a"', '"é"', '"\'"', '"1"']
    yield from NUMBERS[:8]
    yield "[" + ",".join(NUMBERS) + "]"
    yield "[" + ", ".join("-" + n for n in NUMBERS if n[0] != "-") + "]"
    yield from TOO_LARGE
    yield "[" + ",".join(LONG) + "]"
    yield from number_lists(chance)
    for start in range(0, len(CHARACTERS), 16):
        yield "[" + ",".join('"' + c + '"' for c in CHARACTERS[start:start + 16]) + "]"
    yield "{" + ",".join('"%s":%d' % pair for pair in zip(KEYS, range(99)) if "\\u0000" not in pair[0]) + "}"
    yield "{" + ",".join('"%s":%d' % pair for pair in zip(reversed(KEYS), range(99)) if "\\u0000" not in pair[0]) + "}"
    yield from ['"it\'s"', '"say \\"hi\\""', '"it\'s \\"hi\\""', '["it\'s","\\"","\'\\""]']
    yield from OBJECTS + LONE + SPACE
    for deep in (64, 65, 100, 101, 254, 255, 256, 511, 512):
        yield "[" * deep + "]" * deep
        yield '{"a":' * deep + "1" + "}" * deep
    # All of the basic plane: encoders differ in what they let through.
    plane = [chr(c) for c in range(0x80, 0x10000) if not 0xD800 <= c < 0xE000]
    for start in range(0, len(plane), 2000):
        yield '["' + "".join(plane[start : start + 2000]) + '"]'
    for _ in range(200):
        yield value(chance, 4)


def main():
    lines = []
    for document in documents():
        try:
            json.loads(document)
        except ValueError as why:
            if "4300" not in str(why):
                raise
        lines.append(json.dumps(document, ensure_ascii=False))
    assert len(lines) == len(list(documents()))
    path = pathlib.Path(__file__).with_name("documents.json")
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


main()
