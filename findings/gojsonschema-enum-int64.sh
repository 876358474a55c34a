#!/usr/bin/env bash
# gojsonschema 1.2.0: integers beyond 2^53 that differ are equal in an enum.
#
# A schema whose enum has 9007199254740992 and 9007199254740993 is refused: its items are
# said to be equal. With the second alone, the first is valid, too, though JSON Schema
# compares numbers by their mathematical value, and the library is given json.Number.
# Python's jsonschema 4.26.0 takes the schema and refuses the value.
#
# Output: enum items must be unique; and: 9007199254740992 is valid
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >go.mod <<'GO'
module finding

go 1.26

require github.com/xeipuuv/gojsonschema v1.2.0
GO
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/xeipuuv/gojsonschema"
)

func main() {
	_, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(`{"enum":[9007199254740992,9007199254740993]}`))
	fmt.Println("both:", err)
	schema, err := gojsonschema.NewSchema(gojsonschema.NewStringLoader(`{"enum":[9007199254740993]}`))
	if err != nil {
		panic(err)
	}
	result, err := schema.Validate(gojsonschema.NewStringLoader(`9007199254740992`))
	if err != nil {
		panic(err)
	}
	fmt.Println("one:", result.Valid(), result.Errors())
}
GO
go mod tidy >tidy 2>&1 || { cat tidy; exit 1; }
go run . | tee ours
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check jsonschema==4.26.0
v/bin/python -c '
import jsonschema
jsonschema.Draft7Validator.check_schema({"enum": [9007199254740992, 9007199254740993]})
print("jsonschema:", jsonschema.Draft7Validator({"enum": [9007199254740993]}).is_valid(9007199254740992))' | tee theirs
if ! grep -qx 'both: enum items must be unique' ours || ! grep -q '^one: true ' ours || ! grep -qx 'jsonschema: False' theirs; then
  echo "the behaviour has changed"
  exit 1
fi
