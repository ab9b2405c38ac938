"""Names for what the API takes and answers.

Generated from the server's own description. What is sent are TypedDicts, whose fields are the keyword arguments of the
methods; what is answered are frozen objects.
"""

from ._generated import answers, requests, values
from ._generated.answers import *  # noqa: F403
from ._generated.requests import *  # noqa: F403
from ._generated.values import *  # noqa: F403
from ._lists import BatchAnswer, BatchMeta, EventListMeta, ListMeta

__all__ = ["BatchAnswer", "BatchMeta", "EventListMeta", "ListMeta"]
__all__ += answers.__all__
__all__ += requests.__all__
__all__ += values.__all__
