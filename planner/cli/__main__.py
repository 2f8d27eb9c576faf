"""python -m planner.cli: the same program without its script."""

import sys

from planner.cli import main

sys.exit(main())
