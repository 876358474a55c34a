"""What OpenAPI cannot say of a query, told to schemathesis: a check that what
fits the document is refused for nothing else, and queries that keep to it. And
what the document does not say on purpose, since most generators of clients cannot
read it: a selector and a text condition take a value that is in no list, too, and a
key of group_by may be an object."""

import json

import schemathesis

# The codes of faults that JSON Schema cannot exclude: an order between two
# values, a day that its month does not have, what a token names.
BEYOND_SCHEMAS = {"lower_above_upper", "bad_date", "bad_token", "after_with_page"}

# How the fault of a bound begins that is on the sum of several lists.
BOUND_OF_SUM = "the conditions have more than "


# Properties whose texts no schema describes: which columns an answer has, and what a
# field can be grouped by or its edges can be, follows from the rest of the query.
FREE_TEXTS = {"sort", "group_by", "measures", "edges"}


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
    return {key for key, schema in properties.items() if key not in {"fields", "missing", "present", "any", "sort", "group_by", "edges"} and "array" in schema.get("type", ())}


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
    return not any(widened(query, selectors(case)) for query in queries(case))


def widened(query, lists):
    # Whether the query has what is taken beside what the document says.
    if not isinstance(query, dict):
        return False
    scalar = (str, int, float, bool)
    if any(isinstance(query.get(name), scalar) for name in lists):
        return True
    for name in ("contains", "starts_with"):
        texts = query.get(name)
        if isinstance(texts, dict) and any(isinstance(text, str) for text in texts.values()):
            return True
    keys = query.get("group_by")
    if isinstance(keys, list) and any(isinstance(key, dict) for key in keys):
        return True
    nested = query.get("any")
    return widened(query.get("not"), lists) or isinstance(nested, list) and any(widened(one, lists) for one in nested)


def plain_texts(query):
    # No text that is made up is a column; one in four says so.
    if len(query) % 4:
        for name in FREE_TEXTS & set(query):
            del query[name]


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
            plain_texts(case.query)
            marks_csv(case.query)
        if isinstance(case.body, dict):
            without_token(case.body)
            plain_texts(case.body)
        if case.headers and len(case.query or ()) % 4:
            case.headers.pop("If-Match", None)  # as little a tag of ours


@schemathesis.check
def refused_for_what_no_schema_says(ctx, response, case):
    if response.status_code != 422 or not is_positive(case) or case.method == "HEAD":
        return
    problem = response.json()
    if problem["code"] == "too_expensive":
        return  # it has no fault, but costs more than its caller may ask
    faults = problem["errors"]
    assert faults, "a query was refused without a fault"
    for fault in faults:
        place = fault["pointer"].split("/")[1:2]
        free = place and place[0].split("[")[0] in FREE_TEXTS
        beyond = fault["code"] in BEYOND_SCHEMAS or fault["detail"].startswith(BOUND_OF_SUM)
        assert free or beyond, f"the document could have said this: {fault}"
