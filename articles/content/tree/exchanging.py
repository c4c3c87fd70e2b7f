"""Two names change places in one act of the system's: what stood at one of them is never written over unseen."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import lru_cache

_EXCHANGE = 2  # RENAME_EXCHANGE in linux/fs.h
_CANNOT = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM}


def exchange(folder: int, one: str, other: str) -> bool:
    """False where the system or this file system cannot, and nothing was done. OSError as from `os.rename`."""
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    code = renameat2(folder, os.fsencode(one), os.fsencode(other))
    if code and code not in _CANNOT:
        raise OSError(code, os.strerror(code), other)
    return not code


@lru_cache(maxsize=1)
def _renameat2() -> Callable[[int, bytes, bytes], int] | None:
    """Gives 0 or an error's number; Python has no function of its own for it. None elsewhere than on Linux.

    Loaded when it is first asked for: few programs write.
    """
    import ctypes

    try:
        call = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
    call.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return lambda folder, one, other: ctypes.get_errno() if call(folder, one, folder, other, _EXCHANGE) else 0
