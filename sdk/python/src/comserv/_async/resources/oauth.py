from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._generated.answers import Introspection, Token
from ..._options import ClientCredentials, sendable
from ..._outgoing import Outgoing
from ...errors import ConfigurationError

if TYPE_CHECKING:
    from ..http import AsyncHttp


class AsyncOAuth:
    """The calls of OAuth itself.

    None is needed to use the API: a client with ``client_id`` and ``client_secret`` gets and renews its own tokens. These
    are for programs that hand tokens on, or are handed them.
    """

    __slots__ = ("_http",)

    def __init__(self, http: AsyncHttp) -> None:
        self._http = http

    async def create_token(
        self,
        *,
        scope: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Token:
        """A token apart from the client's own.

        :param scope: what it shall open, space-separated
        """
        return await self._http.call(
            Token._of,
            Outgoing(
                method="POST",
                path="/api/v1/oauth/token",
                form=self._form(grant_type="client_credentials", scope=scope),
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def revoke_token(
        self,
        token: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        """RFC 7009."""
        await self._http.call_empty(
            Outgoing(
                method="POST",
                path="/api/v1/oauth/revoke",
                form=self._form(token=sendable("token", token)),
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def introspect_token(
        self,
        token: str,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> Introspection:
        """RFC 7662: whether a token of this client works."""
        return await self._http.call(
            Introspection._of,
            Outgoing(
                method="POST",
                path="/api/v1/oauth/introspect",
                form=self._form(token=sendable("token", token)),
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            ),
        )

    async def metadata(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> dict[str, Any]:
        """RFC 8414."""
        return await self._http.call_plain(
            Outgoing(
                method="GET",
                path="/.well-known/oauth-authorization-server",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    async def keys(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> dict[str, Any]:
        """The public keys that tokens are verified with (RFC 7517)."""
        return await self._http.call_plain(
            Outgoing(
                method="GET",
                path="/.well-known/jwks.json",
                is_public=True,
                timeout=timeout,
                max_retries=max_retries,
            )
        )

    def _form(self, **fields: str | None) -> dict[str, str]:
        who = self._http.who
        if not isinstance(who, ClientCredentials):
            raise ConfigurationError("The OAuth calls need a client with client_id and client_secret.")
        given = {name: value for name, value in fields.items() if value is not None}
        return {**given, "client_id": who.client_id, "client_secret": who.client_secret}
