import signal
import sys

from sitegen.cli import main

# Told to end, a publisher gives back its lock.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
sys.exit(main())
