from __future__ import annotations

from collections.abc import Awaitable, Callable

from .._generated.answers import DeviceAuthorization, Token
from .._login import DEVICE_GRANT, DeviceCode, oauth_error_name, with_offline
from .._options import sendable
from .._outgoing import Outgoing
from .._secret import Secret
from ..errors import ApiError
from .http import AsyncHttp
from .per_loop import settled


async def refreshed(http: AsyncHttp, refresh_token: str) -> Secret | None:
    """The refresh token to go on with; None where the person has to sign in again."""
    try:
        token = await _token(http, {"grant_type": "refresh_token", "refresh_token": refresh_token})
    except ApiError as error:
        if oauth_error_name(error) == "invalid_grant":
            return None
        raise
    return Secret(token.refresh_token or refresh_token)


async def by_device(
    http: AsyncHttp,
    scope: str,
    show: Callable[[DeviceCode], object],
    sleep: Callable[[float], Awaitable[None]],
) -> Secret:
    """Has a person allow this program by a device code (RFC 8628). The refresh token."""
    device = await http.call(
        DeviceAuthorization._of,
        Outgoing(
            method="POST",
            path="/api/v1/oauth/device_authorization",
            form={"scope": with_offline(scope)},
            is_public=True,
        ),
    )
    await settled(
        show(
            DeviceCode(
                user_code=device.user_code,
                verification_uri=device.verification_uri,
                verification_uri_complete=device.verification_uri_complete,
                expires_in=device.expires_in,
            )
        )
    )
    interval = device.interval
    # It ends by itself: the server lets no code live longer than expires_in.
    while True:
        await sleep(interval)
        try:
            token = await _token(http, {"grant_type": DEVICE_GRANT, "device_code": device.device_code})
        except ApiError as error:
            name = oauth_error_name(error)
            if name == "slow_down":
                interval += 5
            elif name != "authorization_pending":
                raise
        else:
            return Secret(sendable("refresh_token", token.refresh_token))


async def _token(http: AsyncHttp, form: dict[str, str | None]) -> Token:
    asked = Outgoing(method="POST", path="/api/v1/oauth/token", form=form, is_public=True)
    return await http.call(Token._of, asked)
