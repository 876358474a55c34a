"""Asks a server by the clients that openapi-generator makes for Python."""

import json
import sys

import iris_client
import wells_client


def text(value):
    value = getattr(value, "value", value)
    if value is None:
        return "null"
    if hasattr(value, "hour"):
        return value.isoformat().replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else str(value)


def refused(name, exception, ask):
    try:
        ask()
    except exception as e:
        print(f"{name} refused: {e.status} {json.loads(e.body)['errors'][0]['code']}")


with iris_client.ApiClient(iris_client.Configuration(host=sys.argv[1])) as connection:
    api = iris_client.IrisApi(connection)
    rows = api.iris_range(iris_range_query=iris_client.IrisRangeQuery(
        species=["setosa"], lower=iris_client.IrisBounds(sepal_length=5.0, sepal_width=3.0), upper=iris_client.IrisBounds(sepal_length=5.1)))
    r = rows[0]
    print(f"iris range {len(rows)}:", *map(text, (r.sepal_length, r.sepal_width, r.petal_length, r.petal_width, r.label)))
    for m in api.iris_stats_mean(iris_stats_mean_query=iris_client.IrisStatsMeanQuery(species=["setosa"])):
        print("iris mean:", text(m.label), text(m.mean_sepal_length))
    refused("iris", iris_client.ApiException, lambda: api.iris_range(iris_range_query=iris_client.IrisRangeQuery(
        lower=iris_client.IrisBounds(sepal_length=6.0), upper=iris_client.IrisBounds(sepal_length=5.0))))

with wells_client.ApiClient(wells_client.Configuration(host=sys.argv[1])) as connection:
    api = wells_client.WellsApi(connection)
    for r in api.wells_range(wells_range_query=wells_client.WellsRangeQuery(rings=[None, 8])):
        print("wells range:", *map(text, (r.id, r.site.depth, r.site.basin, r.dug, r.seen, r.dry, r.rings, r.note)))
    for m in api.wells_stats_mean(wells_stats_mean_query=wells_client.WellsStatsMeanQuery(rings=[4, 8])):
        print("wells mean:", text(m.rings), text(m.mean_site.depth))
    refused("wells", wells_client.ApiException, lambda: api.wells_range(wells_range_query=wells_client.WellsRangeQuery(
        lower=wells_client.WellsBounds(id=2), upper=wells_client.WellsBounds(id=1))))
