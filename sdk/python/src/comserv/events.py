"""What events say: the bodies of webhooks, and the payloads of the event log.

Generated from the server's own description of what it sends.
"""

from ._generated import events
from ._generated.events import *  # noqa: F403
from ._generated.events import event_of as event_of

__all__: list[str] = []
__all__ += events.__all__
