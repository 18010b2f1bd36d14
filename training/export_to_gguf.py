#!/usr/bin/env python3
"""An adapter merged into its base, as GGUF: export_to_gguf.py --base BASE --adapter FOLDER OUT.gguf --type q4_k_m. See arny_training/export.py."""
import sys

from arny_training.errors import main
from arny_training.export import command

if __name__ == "__main__":
    sys.exit(main(command))
