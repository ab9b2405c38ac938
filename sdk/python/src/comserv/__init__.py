"""The official Python client of the Comserv API.

>>> from comserv import Comserv
>>> comserv = Comserv("https://comserv.example.org", client_id=..., client_secret=...)
>>> for user in comserv.users.list(role="editor"):
...     print(user.email)
"""

from . import errors, events, types
from ._answer import Response
from ._async.client import AsyncComserv
from ._async.event_stream import AsyncEventStream
from ._async.export import AsyncExport
from ._async.list_call import AsyncListCall
from ._async.page import AsyncPage
from ._extension_record import ExtensionBatchResult, ExtensionRecord, TrashedExtensionRecord
from ._hook_verification import HookRequest, verify_hook
from ._login import DeviceCode
from ._rate_limit import RateLimit
from ._sync.client import Comserv
from ._sync.event_stream import EventStream
from ._sync.export import Export
from ._sync.page import Page
from ._token_store import FileTokenStore, TokenStore
from ._version import version
from ._webhook_verification import verify_webhook
from .errors import (
    ApiError,
    AuthenticationFailedError,
    ComservError,
    ConfigurationError,
    ConflictError,
    ConnectionError,
    IdempotencyMismatchError,
    InternalError,
    InvalidRequestError,
    MethodNotAllowedError,
    PayloadTooLargeError,
    PermissionDeniedError,
    PreconditionFailedError,
    RateLimitExceededError,
    ResourceNotFoundError,
    ServiceUnavailableError,
    TimeoutError,
    UnsupportedMediaTypeError,
    WebhookVerificationError,
)
from .events import WebhookEvent

__version__ = version

__all__ = [
    "ApiError",
    "AsyncComserv",
    "AsyncEventStream",
    "AsyncExport",
    "AsyncListCall",
    "AsyncPage",
    "AuthenticationFailedError",
    "Comserv",
    "ComservError",
    "ConfigurationError",
    "ConflictError",
    "ConnectionError",
    "DeviceCode",
    "EventStream",
    "Export",
    "ExtensionBatchResult",
    "ExtensionRecord",
    "FileTokenStore",
    "HookRequest",
    "IdempotencyMismatchError",
    "InternalError",
    "InvalidRequestError",
    "MethodNotAllowedError",
    "Page",
    "PayloadTooLargeError",
    "PermissionDeniedError",
    "PreconditionFailedError",
    "RateLimit",
    "RateLimitExceededError",
    "ResourceNotFoundError",
    "Response",
    "ServiceUnavailableError",
    "TimeoutError",
    "TokenStore",
    "TrashedExtensionRecord",
    "UnsupportedMediaTypeError",
    "WebhookEvent",
    "WebhookVerificationError",
    "errors",
    "events",
    "types",
    "verify_hook",
    "verify_webhook",
    "version",
]
