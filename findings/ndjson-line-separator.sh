#!/usr/bin/env bash
# ndjson 0.3.1 (Python): a line separator (U+2028) within a text becomes a comma.
#
# JSON allows U+2028, U+2029 and U+0085 in a string as they are, and NDJSON ends a row at
# \n alone. ndjson.loads splits at all that str.splitlines takes for the end of a line, and
# joins the pieces by commas, so that the text is another one, without an error. iter_lines
# of httpx 0.28.1 splits there too, and gives two lines that are no JSON. A file that is
# read line by line splits at \n.
#
# Input:  {"text":"a<U+2028>b"}
# Output: {'text': 'a,b'}
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check ndjson==0.3.1 httpx==0.28.1
cd "$work"
v/bin/python - <<'PY'
import json

import httpx
import ndjson

for separator in "\u2028", "\u2029", "\x85", "\u00a0":
    row = {"text": f"a{separator}b"}
    rows = json.dumps(row, ensure_ascii=False) + "\n"
    with open("rows.ndjson", "w", newline="\n", encoding="utf-8") as file:
        file.write(rows)
    with open("rows.ndjson", newline="\n", encoding="utf-8") as file:
        by_line = [json.loads(line) for line in file]
    got = ndjson.loads(rows)
    lines = list(httpx.Response(200, content=rows.encode()).iter_lines())
    print(f"U+{ord(separator):04X}: ndjson.loads gives {got}, httpx the lines {lines}, a file read line by line {by_line}")
    splits = separator != "\u00a0"
    assert got == [{"text": "a,b"} if splits else row], "the behaviour has changed"
    assert len(lines) == (2 if splits else 1), "the behaviour has changed"
    assert by_line == [row]
PY
