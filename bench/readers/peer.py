"""Reads a table into Arrow batches with another tool and drops them; prints what bench_read_table prints.

    peer.py adbc|connectorx URL TABLE
"""

import json
import resource
import sys
import time


def adbc(url, table):
    import adbc_driver_postgresql.dbapi as dbapi

    with dbapi.connect(url) as connection, connection.cursor() as cursor:
        begun = measure()
        cursor.execute(f"SELECT * FROM {table}")
        rows = size = 0
        for batch in cursor.fetch_record_batch():
            rows += batch.num_rows
            size += batch.nbytes
        return begun, rows, size


def connectorx(url, table):
    import connectorx as cx

    cx.read_sql(url, f"SELECT * FROM {table} LIMIT 1", return_type="arrow")
    begun = measure()
    table = cx.read_sql(url, f"SELECT * FROM {table}", return_type="arrow")
    return begun, table.num_rows, table.nbytes


def measure():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime, used.ru_stime, time.monotonic()


def main():
    tool, url, table = sys.argv[1:]
    (user, system, wall), rows, size = {"adbc": adbc, "connectorx": connectorx}[tool](url, table)
    user_end, system_end, wall_end = measure()
    print(json.dumps({"rows": rows, "arrow_bytes": size, "user_s": round(user_end - user, 3),
                      "system_s": round(system_end - system, 3), "wall_s": round(wall_end - wall, 3)}))


main()
