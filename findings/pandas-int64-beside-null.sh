#!/usr/bin/env bash
# pandas 3.1.1: read_json changes an integer beyond 2^53 if its column has a null.
#
# The column is read as float64 first and becomes Int64 after that, so 2^53+1 becomes
# 2^53, although Int64 (dtype_backend="numpy_nullable" or "pyarrow") has room for it and
# for a missing value. Without the null, the integer is read as it is.
#
# Input:  [{"n":9007199254740993},{"n":null}]
# Output: 9007199254740992
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/v"
"$work/v/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 pyarrow==26.0.1
"$work/v/bin/python" - <<'PY'
import io

import pandas as pd

with_null = '[{"n":9007199254740993},{"n":null}]'
without = '[{"n":9007199254740993},{"n":1}]'
for backend in "numpy_nullable", "pyarrow":
    n = pd.read_json(io.StringIO(with_null), dtype_backend=backend).n
    print(f"{with_null} with dtype_backend={backend}: {n[0]} ({n.dtype})")
    assert n[0] == 9007199254740992, "the behaviour has changed"
    n = pd.read_json(io.StringIO(without), dtype_backend=backend).n
    print(f"{without} with dtype_backend={backend}: {n[0]} ({n.dtype})")
    assert n[0] == 9007199254740993, "the behaviour has changed"
PY
