"""Runs the examples and the code of the README, out of the sources and not of a package that may be older."""

from __future__ import annotations

import re
import subprocess
import sys

import httpx
import pytest
from rig import Rig, Server, python_folder

from comserv import Comserv

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def env(server: Server) -> dict[str, str]:
    _, client_id, secret = server.credential()
    with Comserv(server.url, api_key=secret) as client:
        client.users.create(
            username="johndoe",
            email="johndoe@example.org",
            password=PASSWORD,
            role="editor",
        )
    return {
        "COMSERV_URL": server.url,
        "KEY": secret,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": secret,
        "PASSWORD": PASSWORD,
        "WEBHOOK_SECRET": "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
        "PYTHONPATH": str(python_folder / "src"),
        "PYTHONWARNINGS": "error",
    }


def run(env: dict[str, str], *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=python_folder, env=env, capture_output=True, text=True, timeout=60
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_list_users(env: dict[str, str]) -> None:
    printed = run(env, "examples/list_users.py")
    assert re.fullmatch(r"1 active users\n\d+ johndoe johndoe@example\.org\n", printed)


def test_create_document_started_twice_writes_one_document(env: dict[str, str]) -> None:
    first = run(env, "examples/create_document.py")
    assert re.fullmatch(r"document \d+ is published\n", first)
    assert run(env, "examples/create_document.py") == first
    with Comserv(env["COMSERV_URL"], api_key=env["KEY"]) as client:
        assert client.documents.list(category="reports").meta.total_count == 1


def test_receive_webhook_takes_what_the_server_sends_and_refuses_what_it_does_not(
    env: dict[str, str], rig: Rig
) -> None:
    server = rig.server()
    # The receiver goes by the clock of the machine.
    server.present()
    secret = "a-secret-of-my-own"
    program = subprocess.Popen(
        [sys.executable, "examples/receive_webhook.py"],
        cwd=python_folder,
        env={**env, "PORT": "0", "WEBHOOK_SECRET": secret},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert program.stdout is not None
        listening, _, port = program.stdout.readline().strip().rpartition(" ")
        assert listening == "listening at"
        url = f"http://127.0.0.1:{port}/hooks"
        with Comserv(server.url, api_key=server.credential().secret) as client:
            webhook = client.webhooks.create(url=url, events=["user.created"], secret=secret)
            assert client.webhooks.test(webhook.id).status == "delivered"
            assert program.stdout.readline() == "ping\n"
            client.users.create(username="new", email="new@example.org", password="a long enough password")
            server.deliver()
            assert program.stdout.readline() == "welcome, new\n"
        forged = httpx.post(url, content=b"{}", headers={"x-webhook-signature": "00"})
        assert forged.status_code == 400
        assert program.stdout.readline() == "refused: header_missing\n"
    finally:
        program.kill()
        program.communicate()


def test_the_code_of_the_readme_runs_from_the_first_line_to_the_last(env: dict[str, str]) -> None:
    text = (python_folder / "README.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 7
    assert len(blocks[0].strip().split("\n")) < 10, "the first call takes less than ten lines"
    program = "\n".join(blocks).replace("http://127.0.0.1:3000", env["COMSERV_URL"])
    printed = run(
        {**env, "PYTHONWARNINGS": "default"},
        "-c",
        f"{program}\nprint(receive(b'{{}}', {{}}))\ncomserv.close()",
    )
    assert printed.startswith("johndoe johndoe@example.org\njohndoe@example.org\n1 users\n")
    assert re.search(r"^I am johndoe@example\.org\n\S+ \S+ 127\.0\.0\.1 True\n", printed, re.MULTILINE)
    assert re.search(
        r"\nresource_not_found There is no user with id 4711\. [0-9a-f-]{36}\nheader_missing\n400\n$", printed
    )
