"""How a worker process begins.

In a module of its own that imports nothing of ours, so that a worker follows its parent before it
spends a second on importing what episodes need.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from multiprocessing import connection


def begin_worker() -> None:
    """Leave interrupts to the parent, and end when it does.

    The collector runs between chunks only: within an episode it costs a quarter of the time. The
    threads that numpy would start spin for 0.1 s first; nothing here multiplies matrices.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
