"""Proxies and certificates that the environment names, for the one server that a client calls.

httpx reads them for all hosts at once, and fails at a NO_PROXY that others understand, and at variables that do not
matter for the host.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import re
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx

from .errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Environment:
    proxy: httpx.Proxy | None
    verify: ssl.SSLContext


def environment_for(base_url: str) -> Environment:
    url = urlsplit(base_url)
    proxy = _proxy_for(url.scheme, url.hostname or "", url.port or (443 if url.scheme == "https" else 80))
    is_over_tls = proxy is not None and proxy.url.scheme == "https"
    # Where it is not needed, one that trusts nobody: a list of certificates takes 20 ms to read, and may be missing.
    context = _context() if is_over_tls or url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if proxy is not None and is_over_tls:
        proxy.ssl_context = context
    return Environment(proxy, context)


def _proxy_for(scheme: str, host: str, port: int) -> httpx.Proxy | None:
    proxies = getproxies()
    kind = scheme if proxies.get(scheme) else "all"
    address = proxies.get(kind)
    if not address or is_excepted(proxies.get("no", ""), host, port):
        return None
    name = _variable(f"{kind}_proxy") or "The proxy of this system"
    address = address if "://" in address else f"http://{address}"
    if re.match("socks5h?://", address) and importlib.util.find_spec("socksio") is None:
        raise ConfigurationError(
            f"{name} is a SOCKS proxy, which needs one more package: pip install 'httpx[socks]'."
        )
    # Not repeated: it may contain a password.
    try:
        proxy = httpx.Proxy(address)
    except (ValueError, httpx.InvalidURL):
        proxy = None
    if proxy is None or not proxy.url.host:
        raise ConfigurationError(
            f"{name} must be the address of a proxy, such as http://proxy.example.org:3128; socks5:// works, too."
        )
    return proxy


def _variable(name: str) -> str | None:
    """As it is spelled in the environment. urllib prefers lower case."""
    return next((one for one in (name, name.upper()) if os.environ.get(one)), None)


def is_excepted(no_proxy: str, host: str, port: int) -> bool:
    """Whether NO_PROXY names the host: ``*``, names with all below them, addresses, networks, each with a port or not."""
    return any(
        _matches(entry, host.lower().rstrip("."), port) for entry in re.split(r"[\s,]+", no_proxy) if entry
    )


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is None and (parts := re.fullmatch(r"(\[.*\]|[^:]*):([0-9]+)", entry)):
        if int(parts[2]) != port:
            return False
        entry = parts[1]
        network = _network(entry)
    if network is not None:
        address = _address(host)
        return address is not None and address.version == network.version and address in network
    name = entry.lower().removeprefix("*").strip(".")
    return name != "" and (host == name or host.endswith(f".{name}"))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(re.sub(r"^\[([^\]]*)\](?=$|/)", r"\1", text), strict=False)
    except ValueError:
        return None


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _context() -> ssl.SSLContext:
    _require_key_log()
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        path = os.environ.get(name)
        if path:
            return _context_of(name, path)
    try:
        return httpx.create_ssl_context(trust_env=False)
    except OSError as cause:
        error = ConfigurationError(f"The list of certificates cannot be used: {cause}")
    raise error


def _require_key_log() -> None:
    """Python itself opens this file for each context, and its error looks like one of the certificates."""
    path = os.environ.get("SSLKEYLOGFILE")
    if not path:
        return
    try:
        with open(path, "ab"):
            return
    except (OSError, ValueError) as cause:
        error = ConfigurationError(f"SSLKEYLOGFILE must be a file that can be written, not {path!r}: {cause}")
    raise error


def _context_of(name: str, path: str) -> ssl.SSLContext:
    try:
        if name == "SSL_CERT_FILE":
            return ssl.create_default_context(cafile=path)
        os.scandir(path).close()
        return ssl.create_default_context(capath=path)
    except (OSError, ValueError) as cause:
        error = ConfigurationError(f"{name} must be a readable list of certificates, not {path!r}: {cause}")
    raise error
