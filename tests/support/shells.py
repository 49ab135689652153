"""Shells that complete words; None where one is missing."""

import shutil

ZSH = shutil.which("zsh")
FISH = shutil.which("fish")
