"""What OpenAPI cannot say of a query, told to schemathesis: a check that what
fits the document is refused for nothing else, and queries that keep to it. And
the one thing that the document does not say on purpose, since most generators of
clients cannot read it: a selector takes a value that is in no list, too."""

import json

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


def selectors(case):
    # The selectors of an operation's queries: what is a list, all but fields.
    raw = case.operation.schema.raw_schema
    methods = raw["paths"].get(case.operation.path, {})
    body = methods.get("post", {}).get("requestBody")
    if body is None:
        return set()
    name = body["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[-1]
    properties = raw["components"]["schemas"][name]["properties"]
    return {key for key, schema in properties.items() if key != "fields" and "array" in schema.get("type", ())}


def queries(case):
    # The queries of a case that are written as JSON.
    text = (case.query or {}).get("query")
    try:
        whole = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        whole = None
    return [query for query in (case.body, whole) if isinstance(query, dict)]


@schemathesis.hook
def filter_case(context, case):
    # Such a value does not fit the document, but it may be accepted.
    if is_positive(case) or case.meta is None:
        return True
    return not any(isinstance(query.get(name), (str, int, float, bool)) for query in queries(case) for name in selectors(case))


def marks_csv(query):
    # A byte order mark belongs to CSV.
    if "bom" in query and query.get("format") != "csv":
        del query["bom"]


@schemathesis.hook
def before_call(context, case, kwargs):
    # Without this, most cases that fit the document would be refused, and few
    # would get as far as an answer. It is for the examples, too, which name a page
    # size beside query=JSON.
    if is_positive(case):
        if case.query:
            stands_alone(case.query)
            without_token(case.query)
            marks_csv(case.query)
        if isinstance(case.body, dict):
            without_token(case.body)
        if case.headers and len(case.query or ()) % 4:
            case.headers.pop("If-Match", None)  # as little a tag of ours


@schemathesis.check
def refused_for_what_no_schema_says(ctx, response, case):
    if response.status_code != 422 or not is_positive(case) or case.method == "HEAD":
        return
    faults = response.json()["errors"]
    assert faults, "a query was refused without a fault"
    for fault in faults:
        assert fault["code"] in BEYOND_SCHEMAS, f"the document could have said this: {fault}"
