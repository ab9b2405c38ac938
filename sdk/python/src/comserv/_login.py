"""What a person is shown who signs in to a program by a device code."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

from .errors import ApiError, ConfigurationError

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """A person types it into a browser on any device."""

    user_code: str
    verification_uri: str
    verification_uri_complete: str
    """The same with the code in it: for a link or a QR code."""
    expires_in: int
    """In seconds."""


def print_code(code: DeviceCode) -> None:
    sys.stderr.write(
        f"To sign in, open {code.verification_uri} in a browser and enter the code {code.user_code}.\n"
    )
    sys.stderr.flush()


def with_offline(scope: str) -> str:
    """Without it there is no refresh token, and the person would have to come back within the hour."""
    return scope if "offline_access" in scope.split() else f"{scope} offline_access"


def checked_scope(scope: object) -> str:
    if isinstance(scope, str) and re.fullmatch("[\x21-\x7e][\x20-\x7e]*", scope):
        return scope
    raise ConfigurationError("scope must be a string of scopes, separated by spaces; it may be missing.")


def oauth_error_name(error: ApiError) -> str | None:
    """Its name in RFC 6749 §5.2 or RFC 8628 §3.5; None for any other error."""
    found = re.fullmatch(r"OAuth error: (\w+)", error.message)
    return found and found.group(1)
