#!/usr/bin/env python3
"""Fine-tunes a model: train_mobile_model.py CONFIG.json --out FOLDER. See arny_training/finetune.py."""
import sys

from arny_training.errors import main
from arny_training.finetune import command

if __name__ == "__main__":
    sys.exit(main(command))
