"""What a cluster's process starts: `python -m seqexp.sweeps.workers`, a worker; see `holding`."""

from __future__ import annotations

import sys

from seqexp.sweeps.workers.remote_worker import main

if __name__ == "__main__":
    sys.exit(main())
