"""From data to a shipped team: data sets, LoRA fine-tuning, export and evaluation for Arny."""
