"""Variables of the environment: they are heeded, or an error names them; never an error of what lies beneath."""

from __future__ import annotations

from typing import Any

import certifi
import httpx
import pytest
from rig import Rig

from comserv import AsyncComserv, Comserv, ComservError, ConfigurationError
from comserv._environment import environment_for, is_excepted

LOCAL = "http://127.0.0.1:3000"
DISTANT = "https://comserv.example.org"
both = pytest.mark.parametrize("kind", [Comserv, AsyncComserv])


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.delenv("SSLKEYLOGFILE", raising=False)


@both
@pytest.mark.parametrize(
    ("url", "variable", "value"),
    [
        (LOCAL, "ALL_PROXY", "socks5://127.0.0.1:1080"),
        (LOCAL, "http_proxy", "socks://127.0.0.1:1080"),
        (LOCAL, "HTTP_PROXY", "http://me:hidden-password@[::1:3128"),
        (LOCAL, "HTTP_PROXY", "http://"),
        (DISTANT, "HTTPS_PROXY", "http://proxy:port"),
        (DISTANT, "SSL_CERT_FILE", "/no/such/file.pem"),
        (DISTANT, "SSL_CERT_FILE", __file__),
        (DISTANT, "SSL_CERT_DIR", "/no/such/folder"),
        (DISTANT, "SSLKEYLOGFILE", "/no/such/folder/keys"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, kind: Any, url: str, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError, match=variable) as raised:
        kind(url, api_key="key")
    assert "hidden-password" not in repr(raised.value)


@both
def test_the_file_for_tls_keys_is_named_even_beside_a_list_of_certificates(
    monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", certifi.where())
    monkeypatch.setenv("SSLKEYLOGFILE", "/no/such/folder/keys")
    with pytest.raises(ConfigurationError, match=r"^SSLKEYLOGFILE must be"):
        kind(DISTANT, api_key="key")


@both
@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NO_PROXY", "localhost,fd00::/8"),
        ("NO_PROXY", "[::1]"),
        ("NO_PROXY", "[::1]:3000, *.example.org ,,10.0.0.0/8,[fd00::]/8,:80,[,/,*."),
        ("HTTPS_PROXY", "socks://127.0.0.1:1"),
        ("SSL_CERT_FILE", "/no/such/file.pem"),
        ("SSLKEYLOGFILE", "/no/such/folder/keys"),
    ],
)
def test_a_value_that_does_not_matter_for_the_server_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, kind: Any, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    kind(LOCAL, api_key="key")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1080")
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8")
    kind(LOCAL, api_key="key")


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "excepted"),
    [
        ("*", "anything", 80, True),
        ("", "anything", 80, False),
        ("localhost,fd00::/8", "fd00::1", 443, True),
        ("localhost,fd00::/8", "fe80::1", 443, False),
        ("localhost,fd00::/8", "localhost", 443, True),
        ("[::1]", "::1", 3000, True),
        ("0:0::1", "::1", 3000, True),
        ("[::1]:3000", "::1", 3000, True),
        ("[::1]:3000", "::1", 3001, False),
        ("10.0.0.0/8 192.168.1.7", "10.9.8.7", 80, True),
        ("10.0.0.0/8 192.168.1.7", "192.168.1.7", 80, True),
        ("10.0.0.0/8 192.168.1.7", "192.168.1.70", 80, False),
        ("10.1.2.3/8", "10.9.8.7", 80, True),
        ("10.0.0.1:8080", "10.0.0.1", 80, False),
        ("Example.ORG", "example.org", 80, True),
        ("example.org", "api.example.org", 80, True),
        (".example.org", "api.example.org", 80, True),
        ("*.example.org", "api.example.org", 80, True),
        ("example.org", "badexample.org", 80, False),
        ("example.org:8443", "api.example.org", 8443, True),
        ("example.org:8443", "api.example.org", 443, False),
        ("example.org", "example.org.", 80, True),
        (",. ,*.,:80", "example.org", 80, False),
    ],
)
def test_no_proxy_names_hosts_domains_addresses_and_networks(
    no_proxy: str, host: str, port: int, excepted: bool
) -> None:
    assert is_excepted(no_proxy, host, port) is excepted


def test_the_proxy_is_that_of_the_scheme_or_else_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://everything.example.org:1")
    monkeypatch.setenv("https_proxy", "secure.example.org:2")
    monkeypatch.setenv("NO_PROXY", "fd00::/8,internal.example.org")
    found = {url: environment_for(url).proxy for url in (LOCAL, DISTANT, "http://[fd00::7]:3000")}
    assert [proxy and str(proxy.url) for proxy in found.values()] == [
        "http://everything.example.org:1",
        "http://secure.example.org:2",
        None,
    ]
    assert environment_for("https://a.internal.example.org").proxy is None


async def test_calls_go_through_the_proxy_and_past_it(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = rig.strange({"body": {"status": "ok"}})
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with Comserv("http://comserv.example.org", api_key="key") as client:
        assert client.health.live().status == "ok"
    async with AsyncComserv("http://comserv.example.org", api_key="key") as waiting:
        assert (await waiting.health.live()).status == "ok"
    assert [one["url"] for one in proxy.requests()] == ["http://comserv.example.org/health/live"] * 2
    direct = rig.strange({"body": {"status": "ok"}})
    monkeypatch.setenv("NO_PROXY", "127.0.0.0/8,::1")
    with Comserv(direct.url, api_key="key") as client:
        client.health.live()
    assert [one["url"] for one in direct.requests()] == ["/health/live"]


@both
def test_what_a_function_of_the_callers_raises_is_ours(kind: Any) -> None:
    def fails() -> Any:
        raise httpx.InvalidURL("Invalid port: ':1]'")

    with pytest.raises(ConfigurationError, match="The function given as http_client raised InvalidURL"):
        kind(LOCAL, api_key="key", http_client=fails)
    with pytest.raises(ComservError, match="http_client must be an httpx"):
        kind(LOCAL, api_key="key", http_client=lambda: None)
