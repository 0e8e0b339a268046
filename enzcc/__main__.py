"""`python -m enzcc` is `enzcc`."""

import sys

from enzcc.driver.main import enzcc

if __name__ == "__main__":
    sys.exit(enzcc())
