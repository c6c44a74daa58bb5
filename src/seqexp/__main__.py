"""`python -m seqexp`."""

import sys

from seqexp.cli.main import main

sys.exit(main())
