"""``python3 -m interloop app.py arguments``: run a Python program under a JavaScript runtime, as `python3` would run it."""

import sys

from ._errors import InterloopError
from ._host import become

try:
    become(sys.argv[1:])
except InterloopError as error:
    sys.exit(f"interloop: {error}")
