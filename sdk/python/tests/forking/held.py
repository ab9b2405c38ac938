"""A fork while other threads fetch a token: in the child nobody is left who would release what they hold."""

from __future__ import annotations

import os
import threading

from forking.shared import fork, options, require_success

from comserv import Comserv

fetching = threading.Event()


def now() -> float:
    # Asked by whoever is about to fetch a token, with the lock in its hands.
    fetching.set()
    return 0.0


client = Comserv(os.environ["BASE"], **options(), now=now)
threads = [threading.Thread(target=client.health.ready) for _ in range(2)]
threads += [threading.Thread(target=client.users.get, args=(1,)) for _ in range(4)]
for thread in threads:
    thread.start()
fetching.wait()
require_success([fork(lambda: client.users.get(1), os._exit) for _ in range(3)])
for thread in threads:
    thread.join()
