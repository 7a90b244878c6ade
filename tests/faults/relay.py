"""`python -m tests.faults.relay PORT HOST`: a host's own mail server, which hands on to the one of the network.

The house sends mails unencrypted to its own host only.
"""

import sys
import time

from tests.faults.line import line


def main() -> None:
    """Hand on until killed."""
    port, host = int(sys.argv[1]), sys.argv[2]
    with line((host, port), port=port):
        time.sleep(24 * 3600)


if __name__ == "__main__":
    main()
