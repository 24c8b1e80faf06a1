"""nginx as a proxy for test servers, with ``deploy/nginx.conf`` except for name, ports and certificate."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.paths import ROOT
from tests.servers.postgres_server import somebody
from tests.servers.waiting import SECONDS, wait_until

EXAMPLE: Final = ROOT / "deploy" / "nginx.conf"
NAME: Final = "localhost"
AROUND: Final = """\
daemon off;
pid {folder}/pid;
error_log /dev/null crit;
events {{ worker_connections 512; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{site}
}}
"""
"""Debian's nginx.conf around a file in sites-enabled, as far as it works without root."""


def program() -> str | None:
    """The path of nginx; None if it is not installed."""
    return shutil.which("nginx") or shutil.which("/usr/sbin/nginx")


def why_not() -> str | None:
    """The reason why tests with nginx cannot run here; None if they can."""
    return None if program() else "there is no nginx here: install it (on Debian: apt-get install nginx-light)"


def certify(folder: Path) -> Path:
    """A self-signed certificate for this machine, with its key in the same folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "fullchain.pem"


def site(folder: Path, http: int, https: int, servers: Sequence[int]) -> str:
    """The example configuration for this machine. Each replacement must apply, so a changed example is noticed."""
    text = EXAMPLE.read_text(encoding="utf-8")
    first, second = servers
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("listen [::]:80;", f"listen [::1]:{http};" if _knows_ipv6() else ""),
        ("listen 443 ", f"listen 127.0.0.1:{https} "),
        ("listen [::]:443 ssl http2;", f"listen [::1]:{https} ssl http2;" if _knows_ipv6() else ""),
        ("/etc/letsencrypt/live/example.org/", f"{folder}/"),
        ("server 127.0.0.1:8000 ", f"server 127.0.0.1:{first} "),
        ("#server 127.0.0.1:8001 ", f"server 127.0.0.1:{second} "),
        ("https://example.org$", f"https://{NAME}:{https}$"),
        ("server_name example.org", f"server_name {NAME}"),
    ):
        assert old in text, old
        text = text.replace(old, new)
    assert not re.search(r"^\s*[^#\s].*(example\.org|:8000|:8001)", text, re.MULTILINE), text
    return text


def _knows_ipv6() -> bool:
    with socket.socket(socket.AF_INET6) as probe:
        try:
            probe.bind(("::1", 0))
        except OSError:
            return False
    return True


def free_ports(count: int) -> list[int]:
    """Distinct free ports."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


@contextmanager
def nginx(http: int, https: int, servers: Sequence[int]) -> Iterator[ssl.SSLContext]:
    """Run nginx with the example configuration as a normal user; the result trusts its certificate."""
    with (
        tempfile.TemporaryDirectory(prefix="heartwork-nginx-") as name,
        _at_work(Path(name), http, https, servers) as it,
    ):
        yield it


@contextmanager
def _at_work(folder: Path, http: int, https: int, servers: Sequence[int]) -> Iterator[ssl.SSLContext]:
    certificate = certify(folder)
    text = AROUND.format(folder=folder, site=site(folder, http, https, servers))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    user = somebody()
    if user:
        for path in (folder, *folder.iterdir()):
            shutil.chown(path, user)
    command = [program() or "nginx", "-e", f"{folder}/errors", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tried = subprocess.run(
        [*command, "-t"], user=user, cwd=folder, capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert tried.returncode == 0, tried.stderr
    process = subprocess.Popen(
        command, user=user, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        _wait_for(process, https)
        yield ssl.create_default_context(cafile=str(certificate))
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    def answers() -> bool:
        with socket.socket() as probe:
            probe.settimeout(SECONDS)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        assert process.poll() is None, process.communicate(timeout=SECONDS)
        return False

    wait_until(answers, f"nginx to listen on port {port}")
