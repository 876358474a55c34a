#!/usr/bin/env bash
# pandas 3.1.1: read_json makes integers of JSON strings that look like them.
#
# The string "01234" loses its zero, although JSON says that it is a string. With
# dtype=False it stays as it is.
#
# Input:  [{"code":"01234"}]
# Output: 1234
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1
"$work/v/bin/python" - <<'PY'
import io

import pandas as pd

text = '[{"code":"01234"}]'
code = pd.read_json(io.StringIO(text)).code
print(text, "is read as", repr(code[0].item()), code.dtype)
assert code[0].item() == 1234, "the behaviour has changed"
code = pd.read_json(io.StringIO(text), dtype=False).code
print(text, "with dtype=False is read as", repr(code[0]))
assert code[0] == "01234", "the behaviour has changed"
PY
