"""Certificates for servers of the tests: a CA of our own, one of a server on localhost, and a CA that nobody trusts."""

import os
import shutil
import subprocess


def openssl(*args, folder):
    subprocess.run(["openssl", *args], cwd=folder, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def can_be_made():
    return shutil.which("openssl") is not None


def make(folder):
    """ca.pem, other.pem, and server.pem with server.key; the server's names localhost and no address."""
    for name in ("ca", "other"):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", f"{name}.key", "-out",
                f"{name}.pem", "-subj", f"/CN={name} of a test", folder=folder)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost",
            folder=folder)
    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-out", "server.pem", "-extfile", "names", folder=folder)
    return folder


def copy_for_server(folder, place, mode, user=None):
    """A copy where the server's own user may read it."""
    shutil.copytree(folder, place)
    os.chmod(place, 0o755)
    for name in os.listdir(place):
        path = os.path.join(place, name)
        os.chmod(path, mode)
        if user is not None:
            os.chown(path, user.pw_uid, user.pw_gid)
    return place
