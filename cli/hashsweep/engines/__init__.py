"""Who does the work: this process, or several under supervision. Knows no picture and no hash.

A worker is made by a factory that is named, not passed, so it can be built in any process.
"""

from hashsweep.engines.base import Engine, Finished, Job, Worker

__all__ = ["Engine", "Finished", "Job", "Worker"]
