"""Computes views anew in SQL at many positions of a log and compares them with what was told.

    python check.py FOLDER VIEW...

FOLDER holds what dataflows/tests/batch dumped: the log as it was heard, the positions with the
clock at each, and every change that the views told. tables.sql reads them. views/VIEW.sql makes two
tables, VIEW_expected from the log and VIEW_told from the changes, of the same columns, of which
the first is `position`. Nothing of the engine's code takes part. Ends with 1 where any row differs,
or a view has no row, unless its name is followed by a question mark: then the log has nothing of it.
"""

import pathlib
import sys
import time

import duckdb

HERE = pathlib.Path(__file__).parent


def check(connection, name):
    view, may_be_empty = name.removesuffix("?"), name.endswith("?")
    begin = time.monotonic()
    connection.execute((HERE / "views" / f"{view}.sql").read_text())
    expected, told = f"{view}_expected", f"{view}_told"
    rows, positions = connection.execute(
        f"SELECT count(*), count(DISTINCT position) FROM {expected}"
    ).fetchone()
    faults = 0
    for name, these, those in [("missing", expected, told), ("too much", told, expected)]:
        differing = connection.execute(f"FROM {these} EXCEPT ALL FROM {those}")
        columns = [column[0] for column in differing.description]
        differing = differing.fetchall()
        faults += len(differing)
        for row in sorted(differing, key=str)[:5]:
            print(f"{view}, {name}: {dict(zip(columns, row))}")
    seconds = time.monotonic() - begin
    print(f"{view}: {rows} rows at {positions} positions, {faults} differ; {seconds:.1f} s")
    return faults == 0 and (rows > 0 or may_be_empty)


def main(folder, *views):
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    folder = pathlib.Path(folder).as_posix().replace("'", "''")
    connection.execute((HERE / "tables.sql").read_text().replace("$folder", folder))
    results = [check(connection, view) for view in views]
    sys.exit(0 if results and all(results) else 1)


main(*sys.argv[1:])
