"""What a run left at a local destination, read by manifest: never by listing, never by our own code."""

import collections
import json
import os
import re

import duckdb
import polars
import pyarrow
import pyarrow.parquet
import xxhash

# They share no code with us, nor their decoders with each other.
READERS = ("pyarrow", "duckdb", "polars")
FINAL_NAME = re.compile(r"\.parquet$|\.csv(\.gz|\.zst)?$|^manifest.*\.json$|^_SUCCESS$")


class Landed:
    """One destination folder as its manifest.json describes it."""

    def __init__(self, folder, manifest="manifest.json"):
        self.folder = str(folder)
        with open(os.path.join(self.folder, manifest), "rb") as file:
            self.manifest_bytes = file.read()
        self.manifest = json.loads(self.manifest_bytes)

    @property
    def parts(self):
        return [part for part in self.manifest["parts"] if part["status"] == "committed"]

    @property
    def paths(self):
        return [os.path.join(self.folder, part["path"]) for part in self.parts]

    def check_books(self):
        """Manifest, marker and files agree: sums, sizes, fingerprints, rows by the footers."""
        manifest = self.manifest
        assert manifest["manifest_version"] == 1
        assert manifest["status"] == "success"
        assert manifest["part_count"] == len(self.parts)
        assert manifest["row_count"] == sum(part["rows"] for part in self.parts)
        ids = [part["part_id"] for part in manifest["parts"]]
        assert len(set(ids)) == len(ids) and (not ids or min(ids) >= 1)
        for part, path in zip(self.parts, self.paths):
            assert os.path.getsize(path) == part["size_bytes"], path
            with open(path, "rb") as file:
                assert part["content_fingerprint"] == "xxh3:" + xxhash.xxh3_64(file.read()).hexdigest(), path
            if path.endswith(".parquet"):
                assert pyarrow.parquet.read_metadata(path).num_rows == part["rows"], path
        with open(os.path.join(self.folder, "_SUCCESS"), "rb") as file:
            marker = file.read()
        assert marker == b"xxh3:" + xxhash.xxh3_64(self.manifest_bytes).hexdigest().encode() + b"\n"
        own = os.path.join(self.folder, "manifests", manifest["run_id"] + ".json")
        with open(own, "rb") as file:
            assert json.loads(file.read())["parts"] == manifest["parts"]
        return self

    def tables(self, reader):
        """Arrow tables, one a part, by one of READERS."""
        for path in self.paths:
            if reader == "pyarrow":
                # One file, not a dataset: folder names must not become columns.
                yield pyarrow.parquet.ParquetFile(path).read()
            elif reader == "duckdb":
                yield read_by_duckdb(path)
            else:
                yield read_by_polars(path)


def read_by_duckdb(path):
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        table = connection.execute("SELECT * FROM read_parquet(?, hive_partitioning=false)", [path]).to_arrow_table()
    # A copy: it reserves gigabytes for many columns of lists, which stay as long as one of its values does, and then no
    # child process can be started.
    return table.take(pyarrow.array(range(table.num_rows), pyarrow.int64()))


def read_by_polars(path):
    """Decoded by polars' own reader, not by pyarrow, which only takes the memory over. Columns with decimals of more than 38 digits are
    left out: polars fails on them."""
    schema = pyarrow.parquet.read_schema(path)
    names = [field.name for field in schema if "decimal256" not in str(field.type)]
    table = polars.read_parquet(path, columns=names, use_pyarrow=False, hive_partitioning=False, glob=False).to_arrow(
        compat_level=polars.CompatLevel.oldest())
    return pyarrow.table({name: table.column(name).cast(_as_polars_means(schema.field(name).type, table.schema.field(name).type))
                          for name in names})


def _as_polars_means(written, found):
    """polars keeps times in nanoseconds and of a uuid the bytes alone."""
    if pyarrow.types.is_large_list(found):
        return pyarrow.large_list(_as_polars_means(written.value_type, found.value_type))
    if pyarrow.types.is_time64(found):
        return pyarrow.time64("us")
    return written.storage_type if getattr(written, "extension_name", None) == "arrow.uuid" else found


def files_below(folder):
    """Every file below the folder, relative, sorted."""
    found = []
    for parent, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(parent, name), folder) for name in names]
    return sorted(found)


def final_names(folder):
    return [name for name in files_below(folder) if FINAL_NAME.search(os.path.basename(name))]


def strangers(folder):
    """Files that are neither named by a manifest in the folder nor part of the books: temporary ones, leftovers."""
    known = {"manifest.json", "_SUCCESS"}
    manifests = os.path.join(folder, "manifests")
    names = ["manifest.json"] if os.path.exists(os.path.join(folder, "manifest.json")) else []
    if os.path.isdir(manifests):
        names += ["manifests/" + name for name in os.listdir(manifests) if name.endswith(".json")]
    for name in names:
        known.add(name)
        known.update(part["path"] for part in Landed(folder, name).manifest["parts"])
    return [name for name in files_below(folder) if name not in known and not name.startswith("_quarantine/")]


def duplicates(rows):
    return {row: count for row, count in collections.Counter(rows).items() if count > 1}
