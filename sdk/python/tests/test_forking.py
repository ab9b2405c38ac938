"""Processes that fork: each gets its own responses, over connections of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rig import Rig, Server, python_folder

forking = Path(__file__).parent / "forking"


warnings = ["-W", "error", "-W", "ignore::DeprecationWarning", "-W", "ignore::ResourceWarning"]


def run(program: str, url: str, **variables: str) -> None:
    done = subprocess.run(
        # A socket that is dropped without being closed is what a child does with those of its parent.
        [sys.executable, *warnings, forking / program],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{python_folder / 'src'}:{python_folder / 'tests'}",
            "BASE": url,
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


@pytest.fixture(params=["key", "token"])
def who(request: pytest.FixtureRequest, server: Server) -> dict[str, str]:
    _, client_id, secret = server.credential()
    return {"KEY": secret} if request.param == "key" else {"CLIENT_ID": client_id, "CLIENT_SECRET": secret}


@pytest.mark.parametrize("program", ["blocking.py", "waiting.py", "pool.py"])
def test_every_process_gets_its_own_responses(server: Server, who: dict[str, str], program: str) -> None:
    run(program, server.url, **who)


@pytest.mark.parametrize(
    ("program", "processes"),
    # The parent has 1 connection in blocking.py, and in waiting.py 1 and then 2 more for calls at the same time.
    [("blocking.py", 1 + 4 + 4 + 2), ("waiting.py", 3 + 4)],
)
def test_over_tls_no_child_disturbs_the_connection_of_its_parent(
    rig: Rig, server: Server, tmp_path: Path, program: str, processes: int
) -> None:
    front = rig.tls(server.url)
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(front.certificate)
    run(program, front.url, KEY=server.credential().secret, SSL_CERT_FILE=str(trusted))
    assert front.connections() == processes


def test_a_lock_that_is_held_while_forking_stops_no_child(rig: Rig) -> None:
    token = {"access_token": "token", "token_type": "Bearer", "expires_in": 3600, "scope": "read"}
    user = {"id": 1, "username": "ada", "email": "ada@example.org", "role": "normal", "status": "active"}
    user |= {"created_at": "2026-01-15T08:30:00Z", "last_login": None}
    user |= {"profile": {"first_name": None, "last_name": None, "phone": None, "bio": None}}
    strange = rig.strange({"body": {**token, **user}, "delay_ms": 300})
    run("held.py", strange.url, CLIENT_ID="id", CLIENT_SECRET="secret")


def test_what_the_caller_made_stays_in_its_process(server: Server, who: dict[str, str]) -> None:
    run("given.py", server.url, **who)
