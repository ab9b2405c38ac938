"""What went over the wire."""

from __future__ import annotations

from typing import NamedTuple

import httpx


class Seen(NamedTuple):
    method: str
    url: httpx.URL
    headers: httpx.Headers
    status: int


class Traffic:
    """Writes down what two httpx clients of its own send, one for each of our clients."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._client = httpx.Client(event_hooks={"response": [self._write]})
        self._async_client = httpx.AsyncClient(event_hooks={"response": [self._async_write]})

    def client(self) -> httpx.Client:
        return self._client

    def async_client(self) -> httpx.AsyncClient:
        return self._async_client

    def close(self) -> None:
        self._client.close()

    async def async_close(self) -> None:
        await self._async_client.aclose()
        self.close()

    def of(self, path: str) -> list[Seen]:
        return [one for one in self.seen if one.url.path == path]

    def _write(self, response: httpx.Response) -> None:
        request = response.request
        self.seen.append(Seen(request.method, request.url, request.headers, response.status_code))

    async def _async_write(self, response: httpx.Response) -> None:
        self._write(response)
