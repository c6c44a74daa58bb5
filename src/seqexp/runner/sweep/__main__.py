"""What a cluster's process starts: `python -m seqexp.runner.sweep`, a worker; see `holding`."""

from __future__ import annotations

import sys

from seqexp.runner.sweep.attend import main

if __name__ == "__main__":
    sys.exit(main())
