"""Prints what pandas, polars and DuckDB make of the values of statistics.md's
last table, as JSON."""

import datetime
import json
import math
import warnings

import duckdb
import numpy
import pandas
import polars

warnings.simplefilter("ignore")
values = [1, 2, None]
tens, edges = [0, 5, 10], [0, 5, 10]
series, column = pandas.Series(values), polars.Series(values)
pairs = {"x": [1.0, 2.0, 3.0, None], "y": [1.0, 3.0, 2.0, 5.0], "z": [4.0, 4.0, 4.0, 4.0]}
frame, table = pandas.DataFrame(pairs), polars.DataFrame(pairs)
correlated = duckdb.sql("SELECT corr(x, y), corr(y, z) FROM (VALUES (1, 1, 4), (2, 3, 4), (3, 2, 4), (NULL, 5, 4)) t(x, y, z)").fetchall()[0]
wednesday = datetime.datetime(2024, 1, 3)
week = pandas.Series([1], index=[pandas.Timestamp(wednesday)]).resample("W").sum().index[0]
row = duckdb.sql(
    "SELECT quantile_cont(x, 0.25), quantile_disc(x, 0.25), stddev(x), avg(x), count(DISTINCT x),"
    " date_trunc('week', TIMESTAMP '2024-01-03') FROM (VALUES (1), (2), (NULL)) t(x)"
).fetchall()[0]


def told(r):
    """A number in few digits, since the last ones are not what is compared."""
    return str(r) if r is None or math.isnan(r) else round(r, 12)


print(
    json.dumps(
        {
            "pandas": [series.quantile(0.25), series.std(), series.mean(), series.nunique(), str(week.date()),
                       str(pandas.cut(pandas.Series([5]), [0, 5, 10])[0]),
                       pandas.Series(tens).value_counts(bins=edges, sort=False).tolist(), numpy.histogram(tens, edges)[0].tolist(),
                       told(frame.corr()["x"]["y"]), told(frame.corr()["y"]["z"])],
            "polars": [column.quantile(0.25), column.quantile(0.25, interpolation="linear"), column.std(), column.mean(), column.n_unique(),
                       str(polars.Series([wednesday]).dt.truncate("1w")[0].date()), polars.Series([5]).cut([0, 5, 10])[0],
                       polars.Series(tens).hist(edges)["count"].to_list(),
                       told(table.select(polars.corr("x", "y")).item()), told(table.corr()["x"][1]), told(table.select(polars.corr("y", "z")).item())],
            "duckdb": [*row[:5], str(row[5].date()),
                       list(duckdb.sql("SELECT histogram(x, [0, 5, 10]) FROM (VALUES (0), (5), (10)) t(x)").fetchall()[0][0].values()),
                       told(correlated[0]), told(correlated[1])],
        }
    )
)
