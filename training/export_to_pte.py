#!/usr/bin/env python3
"""A model as PTE, by its name in the guide: the same as export_pte.py MODEL OUT.pte --recipe xnnpack."""
import sys

from export_pte import main

if __name__ == "__main__":
    sys.exit(main())
