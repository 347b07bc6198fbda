"""A worker that misbehaves as the name of its instance says; imported by spawned processes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import time
from multiprocessing.connection import Connection
from pathlib import Path

from eqsolve.batch.task import Question, Record, State
from eqsolve.batch.worker import READY


def work(connection: Connection, store: str, question: Question, retry: str) -> None:
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send(READY)
    while (task := connection.recv()) is not None:
        number, source = task
        behavior = Path(source.path).stem
        if behavior == "hang":
            child = subprocess.Popen(["sleep", "600"])
            Path(source.path).with_suffix(".pid").write_text(str(child.pid))
            time.sleep(600)
        elif behavior == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif behavior == "exit":
            os._exit(7)
        elif behavior == "hungry":
            hoard = bytearray(400 * 2**20)
            time.sleep(600)
            hoard.clear()
        connection.send((number, Record(digest=behavior, state=State.DONE, status="solved")))


def never_ready(connection: Connection, store: str, question: Question, retry: str) -> None:
    os._exit(3)
