"""A worker that misbehaves as the name of its instance says; imported by spawned processes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from eqsolve.batch.run import run_batch
from eqsolve.batch.stamp import FileState, Witness
from eqsolve.batch.supervisor import Supervisor
from eqsolve.batch.task import Question, Record, State
from eqsolve.batch.worker import READY, _die_with_parent
from eqsolve.io.sources import Source


def work(connection: Connection, store: str, question: Question, retry: str) -> None:
    os.setsid()
    _die_with_parent()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    connection.send(READY)
    while (task := connection.recv()) is not None:
        number, source = task
        behavior = Path(source.path).stem
        if behavior == "hang":
            child = subprocess.Popen(["sleep", "600"])
            Path(source.path).with_suffix(".pid").write_text(str(child.pid))
            time.sleep(600)
        elif behavior.startswith("stuck"):
            time.sleep(600)
        elif behavior.startswith("wrong"):
            time.sleep(0.03)  # long enough that a run is killed in its midst
            record = Record(digest=behavior, state=State.FAILED, files=read(source))
            connection.send((number, record))
            continue
        elif behavior == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif behavior == "exit":
            os._exit(7)
        elif behavior == "hungry":
            hoard = bytearray(400 * 2**20)
            time.sleep(600)
            hoard.clear()
        record = Record(digest=behavior, state=State.DONE, status="solved", files=read(source))
        connection.send((number, record))


def read(source: Source) -> tuple[FileState, ...]:
    witness = Witness(source)
    witness.read(source.data())
    return witness.files


def never_ready(connection: Connection, store: str, question: Question, retry: str) -> None:
    os._exit(3)


if __name__ == "__main__":  # a run of such items that may be killed: FOLDER STORE
    folder, path = sys.argv[1:]
    asked = Question(time_limit=0.2)
    run_batch(
        [folder],
        path,
        asked,
        executor=lambda: Supervisor(
            2, "", asked, "none", time_limit=0.2, memory_limit=None, target=work
        ),
    )
