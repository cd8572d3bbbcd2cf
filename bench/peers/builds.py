"""Builds what the bench needs besides the edge: the C programs, the YARP program, and a P-256 certificate."""

import pathlib
import subprocess

from processes import BenchError

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
YARP = ROOT / "artifacts" / "peers" / "yarp"


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, **more)
    if done.returncode != 0:
        raise BenchError(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}")
    return done.stdout


def c_program(name, directory, *libraries):
    run(["gcc", "-O2", "-Wall", "-Wextra", "-o", directory / name, HERE / f"{name}.c", *libraries])


def yarp():
    sources = [*(HERE / "yarp").glob("*.cs"), *(HERE / "yarp").glob("*.csproj"), ROOT / "Directory.Packages.props"]
    built = YARP / "yarp-peer.dll"
    if not built.exists() or built.stat().st_mtime < max(source.stat().st_mtime for source in sources):
        run(["dotnet", "publish", HERE / "yarp", "-c", "Release", "-o", YARP, "-nodeReuse:false", "--disable-build-servers"])


def certificate(directory):
    """A self-signed P-256 certificate; HAProxy wants certificate and key in one file."""
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=shop.example", "-addext", "subjectAltName=DNS:shop.example,IP:127.0.0.1",
         "-keyout", directory / "tls.key", "-out", directory / "tls.crt"])
    (directory / "tls.pem").write_text((directory / "tls.crt").read_text() + (directory / "tls.key").read_text())
