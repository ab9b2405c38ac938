"""The wheel and the sdist, each installed into an empty environment and used from there.

Nothing is fetched: hatchling and httpx are those of the environment of the tests, where ``--no-index`` makes pip look, and
httpx comes into the empty one through a path file, so that comserv itself can only come out of the package.
"""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest
from rig import Server, python_folder

import comserv

PROGRAM = """
import json, os, comserv
from comserv import Comserv, verify_webhook
client = Comserv(os.environ["COMSERV_URL"], api_key=os.environ["KEY"])
titles = []
for title in ("A", "B", "C"):
    client.documents.create(title=title, category=os.environ["KIND"])
titles += [one.title for one in client.documents.list(limit=2, category=os.environ["KIND"])]
titles += [one.title for one in client.documents.export(category=os.environ["KIND"])]
try:
    client.documents.get(999)
except comserv.ApiError as error:
    refused = type(error).__name__
try:
    verify_webhook(b"{}", {}, "a plain secret")
except comserv.WebhookVerificationError as error:
    check = error.check
print(json.dumps({"version": comserv.version, "file": comserv.__file__, "titles": titles, "refused": refused,
    "check": check, "shown": repr(client)}))
"""

TYPED = """
import comserv
from comserv import Comserv, Page, WebhookEvent
from comserv.types import Document, ListedDocument, ListMeta, UserCreate

def use(client: Comserv, event: WebhookEvent) -> str:
    page: Page[ListedDocument, ListMeta] = client.documents.list(status="draft", q=None)
    document: Document | None = client.documents.update(
        page.data[0].id, title="New", if_match=page.response.etag
    )
    assert document is not None
    user: UserCreate = {"username": "newuser", "email": "newuser@example.org", "password": "securepassword"}
    client.users.create(**user)
    client.users.list(status="crowned")  # type: ignore[arg-type]
    client.users.create(username="newuser", password="securepassword")  # type: ignore[call-arg]
    client.users.update(1, profile={"bio": None})
    client.users.update(1, profile={"age": 3})  # type: ignore[arg-type]
    document.title = "x"  # type: ignore[misc]
    if event.event == "user.created":
        return event.data.username
    return document.title
"""


def run(*command: str | Path, env: dict[str, str] | None = None) -> str:
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, f"{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Built by the backend that pyproject.toml names, as a front end would."""
    folder = tmp_path_factory.mktemp("packages")
    for kind in ("wheel", "sdist"):
        code = f"import hatchling.build as b; print(b.build_{kind}({str(folder)!r}))"
        subprocess.run([sys.executable, "-c", code], cwd=python_folder, check=True, capture_output=True)
    [wheel], [sdist] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return {"wheel": wheel, "sdist": sdist}


def empty_environment(folder: Path) -> Path:
    """Its Python. It sees the packages of the tests' environment, among which comserv is not."""
    venv.create(folder, with_pip=False)
    [site] = folder.glob("lib/python*/site-packages")
    (site / "of-the-tests.pth").write_text(sysconfig.get_paths()["purelib"])
    return folder / "bin" / "python"


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_installed_into_an_empty_environment_it_works(
    kind: str, packages: dict[str, Path], tmp_path: Path, server: Server
) -> None:
    python = empty_environment(tmp_path)
    missing = subprocess.run([python, "-c", "import comserv"], capture_output=True, text=True, check=False)
    assert "No module named 'comserv'" in missing.stderr
    run(
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--no-index",
        "--no-build-isolation",
        "--disable-pip-version-check",
        packages[kind],
    )
    env = {"COMSERV_URL": server.url, "KEY": server.credential().secret, "KIND": kind}
    printed = json.loads(run(python, "-c", PROGRAM, env=env))
    assert printed["file"].startswith(str(tmp_path))
    assert printed["version"] == comserv.version
    assert printed["titles"] == ["A", "B", "C"] * 2
    assert (printed["refused"], printed["check"]) == ("ResourceNotFoundError", "header_missing")
    assert env["KEY"] not in printed["shown"]
    (tmp_path / "typed.py").write_text(TYPED)
    run(sys.executable, "-m", "mypy", "--strict", "--python-executable", python, tmp_path / "typed.py")


def test_the_packages_hold_what_they_should_and_nothing_else(packages: dict[str, Path]) -> None:
    with zipfile.ZipFile(packages["wheel"]) as wheel:
        names = wheel.namelist()
        [metadata] = [name for name in names if name.endswith("/METADATA")]
        text = wheel.read(metadata).decode()
    assert {"comserv/__init__.py", "comserv/py.typed", "comserv/_sync/client.py"} <= set(names)
    assert all(name.startswith("comserv") for name in names)
    assert [line for line in text.splitlines() if line.startswith("Requires-")] == [
        "Requires-Python: >=3.10",
        "Requires-Dist: httpx<1,>=0.27",
    ]
    with tarfile.open(packages["sdist"]) as sdist:
        within = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "examples/list_users.py"} <= within
    assert not [name for name in within if name.startswith(("tests", ".venv"))]


def test_the_version_is_the_same_everywhere() -> None:
    assert f"\n## {comserv.version}\n" in (python_folder / "CHANGELOG.md").read_text("utf-8")
    assert comserv.__version__ == comserv.version
