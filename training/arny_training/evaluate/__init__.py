"""Measures a team through the built command, as its users meet it: python -m arny_training.evaluate --help"""
