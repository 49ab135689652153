"""Runs engines with the workers of faulty_workers, and takes their answers item by item."""

import json
from contextlib import closing
from dataclasses import replace
from typing import Any, NamedTuple

from hashsweep.model import Failure, Item


class Single(NamedTuple):
    """One item, and what a worker says of it: a list of wires, or a failure."""

    item: Item
    result: Any


def read(payload, items, ahead):
    """What such a worker says of each of these items; ValueError for anything else."""
    wires = json.loads(payload)
    if not isinstance(wires, list) or len(wires) != len(items):
        raise ValueError("not an answer")
    return wires


def singles(engine, job, batches):
    """Yield a Single for each item as it is done."""
    with closing(engine.run(replace(job, inspect=read), batches)) as stream:
        for finished in stream:
            yield from split(finished)


def split(finished):
    """The items of one answer, each with what is said of it."""
    if isinstance(finished.result, Failure):
        return [Single(finished.items[0], finished.result)]
    return [Single(*each) for each in zip(finished.items, finished.result, strict=True)]
