"""What OpenAPI cannot say of a query, told to schemathesis: a check that what
fits the document is refused for nothing else, and queries that keep to it."""

import schemathesis

# The codes of faults that JSON Schema cannot exclude: an order between two
# values, a day that its month does not have, what a token names.
BEYOND_SCHEMAS = {"lower_above_upper", "bad_date", "bad_token", "after_with_page"}


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


@schemathesis.hook
def map_case(context, case):
    # In a URL, query=JSON stands alone. Without this, most URLs that fit the
    # document would be refused, and few would get as far as an answer.
    if is_positive(case) and case.query and "query" in case.query:
        others = set(case.query) - {"query", "format"}
        for name in others if len(others) % 2 else {"query"} if others else ():
            del case.query[name]
    return case


@schemathesis.check
def refused_for_what_no_schema_says(ctx, response, case):
    if response.status_code != 422 or not is_positive(case) or case.method == "HEAD":
        return
    faults = response.json()["errors"]
    assert faults, "a query was refused without a fault"
    for fault in faults:
        assert fault["code"] in BEYOND_SCHEMAS, f"the document could have said this: {fault}"
