"""Engines do the work: in this process, or in supervised ones. Knows no picture and no hash.

A worker is made by a factory given by name, not passed, so it can be built in any process.
"""

from hashsweep.engines.base import Engine, Finished, Job, Worker

__all__ = ["Engine", "Finished", "Job", "Worker"]
