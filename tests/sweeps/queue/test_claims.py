from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seqexp.sweeps.queue.claims import Claims

HOLDER = """
import sys, time
from pathlib import Path
from seqexp.sweeps.queue.claims import Claims
claims = Claims(Path(sys.argv[1]))
print(claims.take("a"), flush=True)
time.sleep(60)
"""


def test_a_job_is_taken_once_and_can_be_given_back(tmp_path: Path) -> None:
    mine, yours = Claims(tmp_path), Claims(tmp_path)
    assert mine.take("a")
    assert not mine.take("a")
    assert not yours.take("a")
    assert yours.take("b")
    mine.give_back("a")
    assert yours.take("a")
    yours.give_all_back()
    assert mine.take("a")
    assert mine.take("b")
    mine.give_all_back()


def test_a_process_that_is_killed_gives_its_jobs_back(tmp_path: Path) -> None:
    mine = Claims(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "True\n"
    assert not mine.take("a")
    process.kill()
    process.communicate()
    assert mine.take("a")
    mine.give_all_back()
