"""The main job on this machine, shown with the real programs: what ``python3 run.py`` does."""
