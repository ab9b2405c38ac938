"""The servers that the tests call, started by sdk/testing/rig.ts."""

from __future__ import annotations

import base64
import hmac
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import httpx

root = Path(__file__).parents[3]
python_folder = Path(__file__).parents[1]


class Rig:
    """The program of the rig. When it is closed it holds all totals of its servers against the rows."""

    def __init__(self) -> None:
        self._program = subprocess.Popen(
            ["node_modules/.bin/node", "sdk/testing/rig.ts"],
            cwd=root,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._program.stdout is not None
        lines = []
        for line in self._program.stdout:
            lines.append(line)
            if line.startswith("listening at "):
                self._client = httpx.Client(base_url=line.removeprefix("listening at ").strip(), timeout=120)
                return
        raise AssertionError(f"The rig did not start:\n{''.join(lines)}")

    def ask(self, command: str, **given: Any) -> Any:
        answer = self._client.post(f"/{command}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def close(self) -> None:
        """Fails when what it started does not end as it should."""
        self._client.close()
        output, _ = self._program.communicate(timeout=120)
        assert self._program.returncode == 0, f"The rig ended with {self._program.returncode}:\n{output}"

    def server(self, **env: str) -> Server:
        started = self.ask("server/start", env=env)
        return Server(self, started["server"], started["url"])

    def process(self, **env: str) -> Process:
        started = self.ask("process/start", env=env)
        return Process(
            self, started["process"], started["url"], started["client_id"], started["client_secret"]
        )

    def strange(self, *replies: dict[str, Any]) -> Strange:
        started = self.ask("strange/start", replies=replies)
        return Strange(self, started["strange"], started["url"])

    def proxy(self, target: str) -> Proxy:
        started = self.ask("proxy/start", target=target)
        return Proxy(self, started["proxy"], started["url"])

    def tls(self, target: str) -> Tls:
        started = self.ask("tls/start", target=target)
        return Tls(self, started["tls"], started["url"], started["certificate"])

    def receiver(self) -> Receiver:
        started = self.ask("receiver/start")
        return Receiver(self, started["receiver"], started["url"])


class Credential(NamedTuple):
    id: int
    client_id: str
    secret: str


class Person(NamedTuple):
    id: int
    username: str
    email: str
    password: str


def code_of(secret: str, now: float) -> str:
    """As an authenticator app shows it (RFC 6238)."""
    counter = (int(now) // 30).to_bytes(8, "big")
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


class Server(NamedTuple):
    rig: Rig
    number: int
    url: str

    def credential(self, scopes: str = "admin", **more: Any) -> Credential:
        made = self.rig.ask("server/credential", server=self.number, scopes=scopes, **more)
        return Credential(made["id"], made["client_id"], made["client_secret"])

    def person(self, role: str = "admin") -> Person:
        made = self.rig.ask("server/person", server=self.number, role=role)
        return Person(made["id"], made["username"], made["email"], made["password"])

    def allow(self, person: Person) -> int:
        """The id of a new application, which the person allowed to act for them."""
        made = self.rig.ask(
            "server/allow", server=self.number, username=person.username, password=person.password
        )
        return int(made["id"])

    def press_device(self, person: Person, user_code: str, decision: str = "allow") -> None:
        self.rig.ask(
            "server/press-device",
            server=self.number,
            username=person.username,
            user_code=user_code,
            decision=decision,
        )

    def setup_token(self) -> str:
        """Of the link that the server prints while there is no administrator."""
        token: str = self.rig.ask("server/setup", server=self.number)["token"]
        return token

    def password_token(self, username: str) -> str:
        """Of a link that sets a new password, as an operator prints it."""
        token: str = self.rig.ask("server/password-link", server=self.number, username=username)["token"]
        return token

    def advance(self, seconds: float) -> float:
        """The clock, moved, in seconds."""
        moved = self.rig.ask("server/advance", server=self.number, ms=round(seconds * 1_000))
        return float(moved["now_ms"]) / 1_000

    def now(self) -> float:
        return self.advance(0)

    def present(self) -> None:
        self.rig.ask("server/present", server=self.number)

    def deliver(self) -> None:
        self.rig.ask("server/deliver", server=self.number)

    def log_requests(self) -> None:
        self.rig.ask("server/log-requests", server=self.number)

    def streams(self, open: int) -> None:
        """Returns once exactly so many event streams are open."""
        self.rig.ask("server/streams", server=self.number, open=open)

    def events(self) -> list[str]:
        """The types of those since the last time."""
        types: list[str] = self.rig.ask("server/events", server=self.number)["types"]
        return types


class Process(NamedTuple):
    rig: Rig
    number: int
    url: str
    client_id: str
    secret: str

    def kill(self) -> None:
        self.rig.ask("process/kill", process=self.number)

    def restart(self) -> None:
        self.rig.ask("process/restart", process=self.number)


class Strange(NamedTuple):
    rig: Rig
    number: int
    url: str

    def requests(self) -> list[dict[str, Any]]:
        requests: list[dict[str, Any]] = self.rig.ask("strange/requests", strange=self.number)["requests"]
        return requests


class Proxy(NamedTuple):
    rig: Rig
    number: int
    url: str

    def lose_answers(self, count: int) -> None:
        self.rig.ask("proxy/lose-answers", proxy=self.number, count=count)


class Tls(NamedTuple):
    rig: Rig
    number: int
    url: str
    certificate: str

    def connections(self) -> int:
        """How many there were. None of them may have been disturbed."""
        seen = self.rig.ask("tls/seen", tls=self.number)
        assert seen["faults"] == []
        count: int = seen["connections"]
        return count


class Receiver(NamedTuple):
    rig: Rig
    number: int
    url: str

    def received(self, count: int) -> list[dict[str, Any]]:
        """Once so many have arrived."""
        found: list[dict[str, Any]] = self.rig.ask("receiver/received", receiver=self.number, count=count)[
            "received"
        ]
        return found
