"""What OpenAPI cannot say of a query, told to schemathesis: a check that what
fits the document is refused for nothing else, and queries that keep to it."""

import schemathesis

# The codes of faults that JSON Schema cannot exclude: an order between two
# values, a day that its month does not have, what a token names.
BEYOND_SCHEMAS = {"lower_above_upper", "bad_date", "bad_token", "after_with_page"}


def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def stands_alone(query):
    # In a URL, query=JSON excludes the other parameters of the query.
    others = set(query) - {"query", "format"}
    if "query" in query and others:
        for name in others if len(others) % 2 else {"query"}:
            del query[name]


def without_token(query):
    # No text that is made up is a token; one in four says so.
    if "after" in query and len(query) % 4:
        del query["after"]


@schemathesis.hook
def map_case(context, case):
    # Without this, most cases that fit the document would be refused, and few
    # would get as far as an answer.
    if is_positive(case):
        if case.query:
            stands_alone(case.query)
            without_token(case.query)
        if isinstance(case.body, dict):
            without_token(case.body)
        if case.headers and len(case.query or ()) % 4:
            case.headers.pop("If-Match", None)  # as little a tag of ours
    return case


@schemathesis.check
def refused_for_what_no_schema_says(ctx, response, case):
    if response.status_code != 422 or not is_positive(case) or case.method == "HEAD":
        return
    faults = response.json()["errors"]
    assert faults, "a query was refused without a fault"
    for fault in faults:
        assert fault["code"] in BEYOND_SCHEMAS, f"the document could have said this: {fault}"
