"""A progress bar for long work, shown only when it is worth looking at."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

__all__ = ["progress"]

_PATIENCE: Final = 2.0


@contextmanager
def progress(description: str) -> Iterator[Callable[[int, int], None] | None]:
    """Give a function ``(done, total)`` that shows a bar once the work has lasted two seconds.

    The bar is drawn by ``tqdm.auto`` on standard error, in notebooks and in terminals, and not at all where tqdm is not
    installed or standard error goes to a file.

    Examples
    --------
    >>> with progress("Counting") as report:
    ...     pass
    """
    if not (sys.stderr is not None and sys.stderr.isatty()) and "ipykernel" not in sys.modules:
        yield None
        return
    started = time.monotonic()
    bar: Any = None
    missing = False

    def report(done: int, total: int) -> None:
        nonlocal bar, missing
        if bar is None:
            if missing or time.monotonic() - started < _PATIENCE:
                return
            try:
                from tqdm.auto import tqdm
            except ModuleNotFoundError:
                missing = True
                return
            bar = tqdm(total=total, desc=description, unit_scale=True, leave=False)
        bar.total = total
        bar.update(done - bar.n)

    try:
        yield report
    finally:
        if bar is not None:
            bar.close()
