"""Where several processes share a token."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from ._options import ClientCredentials
from ._secret import Secret
from .errors import ConfigurationError


class TokenStore(Protocol):
    """Keeps tokens where other processes find them, so that not each of them fetches one.

    An entry holds an access token and is signed: keep it as private as the client secret. A ``redis.Redis`` is a store as
    it is. For ``AsyncComserv`` both methods may be coroutines.
    """

    def get(self, name: str, /) -> object:
        """The entry that was written under this name last; anything but str or bytes means that there is none."""
        ...

    def set(self, name: str, entry: str, seconds: int, /) -> object:
        """:param seconds: how long the entry is of use"""
        ...


class FileTokenStore:
    """A store in a folder of one machine, with a file for each client that only its user can read.

    :param folder: created if it is missing
    """

    __slots__ = ("_folder",)

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self._folder = _folder_of(folder)
        try:
            self._folder.mkdir(0o700, parents=True, exist_ok=True)
            if os.access(self._folder, os.W_OK | os.X_OK):
                return
            error = ConfigurationError(f"The folder for tokens cannot be written: {self._folder}")
        except (OSError, ValueError) as cause:
            error = ConfigurationError(f"The folder for tokens cannot be made: {cause}")
        raise error

    def get(self, name: str, /) -> str | None:
        try:
            return (self._folder / name).read_text("ascii")
        except (OSError, ValueError):
            return None

    def set(self, name: str, entry: str, seconds: int, /) -> None:
        # Complete before it has the name, so that no process reads half of it.
        temporary = self._folder / f"{name}.{uuid4().hex}"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(entry)
            temporary.replace(self._folder / name)
        finally:
            temporary.unlink(missing_ok=True)


def _folder_of(given: object) -> Path:
    path = os.fspath(given) if isinstance(given, os.PathLike) else given
    # An empty one, of a variable that is not set, would be the current folder.
    if isinstance(path, str) and path:
        return Path(path)
    raise ConfigurationError("The folder for tokens must be a non-empty string or a Path.")


class StoredToken:
    """The entry of one client.

    Its name and signature come from the client secret: who does not know it finds no token there, and can plant none.
    The clients in other languages write the same entries.
    """

    __slots__ = ("_secret", "name")

    def __init__(self, client: ClientCredentials, base_url: str) -> None:
        self._secret = client.client_secret
        scopes = " ".join(sorted(set((client.scope or "").split())))
        self.name = f"comserv.token.{self._signed('name', base_url, client.client_id, scopes)[:40]}"

    def entry_of(self, token: str, renew_at: int) -> Secret:
        return Secret(f"{self._signed('entry', self.name, str(renew_at), token)} {renew_at} {token}")

    def token_in(self, entry: object, now: float) -> tuple[Secret, int] | None:
        """The token, and when to renew it. None for whatever else the store may hold: the token is fetched then."""
        text = entry.decode("latin-1") if isinstance(entry, bytes) else entry
        if not isinstance(text, str):
            return None
        found = re.fullmatch(r"([0-9a-f]{64}) ([0-9]{1,12}) ([\x21-\x7e]+)", text)
        if found is None:
            return None
        signature, renew_at, token = found.groups()
        is_ours = hmac.compare_digest(self._signed("entry", self.name, renew_at, token), signature)
        return (Secret(token), int(renew_at)) if is_ours and int(renew_at) > now else None

    def _signed(self, *parts: str) -> str:
        return hmac.new(self._secret.encode(), "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def checked_store(store: object) -> TokenStore | None:
    if store is None or (callable(getattr(store, "get", None)) and callable(getattr(store, "set", None))):
        return store  # type: ignore[return-value]
    raise ConfigurationError("token_store must be an object with the methods get and set.")
