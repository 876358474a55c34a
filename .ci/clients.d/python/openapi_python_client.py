"""Asks a server by the clients that openapi-python-client makes."""

import sys

import iris_opc as iris
import iris_opc.models as im
import wells_opc as wells
import wells_opc.models as wm
from iris_opc.api.iris import iris_range, iris_stats_mean
from wells_opc.api.wells import wells_range, wells_stats_mean


def text(value):
    value = getattr(value, "value", value)
    if value is None:
        return "null"
    if hasattr(value, "hour"):
        return value.isoformat().replace("+00:00", "Z")
    return str(value).lower() if isinstance(value, bool) else str(value)


client = iris.Client(sys.argv[1])
setosa = im.IrisLabelValue("setosa")
rows = iris_range.sync(client=client, body=im.IrisRangeQuery(
    species=[setosa], lower=im.IrisBounds(sepal_length=5.0, sepal_width=3.0), upper=im.IrisBounds(sepal_length=5.1)))
r = rows[0]
print(f"iris range {len(rows)}:", *map(text, (r.sepal_length, r.sepal_width, r.petal_length, r.petal_width, r.label)))
for m in iris_stats_mean.sync(client=client, body=im.IrisStatsMeanQuery(species=[setosa])):
    print("iris mean:", text(m.label), text(m.mean_sepal_length))
no = iris_range.sync_detailed(client=client, body=im.IrisRangeQuery(lower=im.IrisBounds(sepal_length=6.0), upper=im.IrisBounds(sepal_length=5.0)))
print(f"iris refused: {no.status_code} {text(no.parsed.errors[0].code)}")

client = wells.Client(sys.argv[1])
four, eight = wm.WellsRingsValue(4), wm.WellsRingsValue(8)
for r in wells_range.sync(client=client, body=wm.WellsRangeQuery(rings=[None, eight])):
    print("wells range:", *map(text, (r.id, r.site.depth, r.site.basin, r.dug, r.seen, r.dry, r.rings, r.note)))
for m in wells_stats_mean.sync(client=client, body=wm.WellsStatsMeanQuery(rings=[four, eight])):
    print("wells mean:", text(m.rings), text(m.mean_site.depth))
no = wells_range.sync_detailed(client=client, body=wm.WellsRangeQuery(lower=wm.WellsBounds(id=2), upper=wm.WellsBounds(id=1)))
print(f"wells refused: {no.status_code} {text(no.parsed.errors[0].code)}")
