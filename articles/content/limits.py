"""What a value of the record may be: ranges, lengths, and the shapes of addresses, domains and ciphertexts."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

QUALITY_SEEN: Final = range(0, 251)
"""The crawler's scores ran from 11 to 189; beyond this something is likely mistyped."""
HEAT_SEEN: Final = range(-1, 301)
"""The crawler's scores ran from -1 to 208."""
YEARS: Final = range(1900, 2101)
STORABLE_INTS: Final = range(-(2**31), 2**31)

MAX_TYPE_CHARS: Final = 100
MAX_CATEGORY_CHARS: Final = 200
MAX_NAME_CHARS: Final = 300
MAX_DOMAIN_CHARS: Final = 253
AES_BLOCK_BYTES: Final = 16

# Possessive, so that a text that is no address costs one look at each character and not n^3.
USUAL_URL: Final = re.compile(r"https?://[a-z0-9-][a-z0-9.-]*+(?:/[!-~]*+)?")
"""Nearly all of them, at half the time."""
URL: Final = re.compile(r"https?://\.*+[^\s/?#@\\][^\s/?#@\\]*+(?:[/?#][^\s\x00-\x20\x7f]*+)?", re.IGNORECASE)
SITE_PATH: Final = re.compile(r"/(?!/)[^\s\\\x00-\x20\x7f]+")
DOMAIN: Final = re.compile(r"[^\s/:@?#\\\"'<>.\x00-\x20\x7f]++(?:\.[^\s/:@?#\\\"'<>.\x00-\x20\x7f]++)++\.?")
_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PADDING: Final = (b"", b"=", b"==")


@lru_cache(maxsize=2)
def is_whole_secret(secured: str) -> bool:
    """Whether it has the shape of one; what is in it is never looked at. An article is checked, then judged."""
    ciphertext, _, iv = secured.partition(";")
    size = _decoded_size(ciphertext)
    return size > 0 and size % AES_BLOCK_BYTES == 0 and _decoded_size(iv) == AES_BLOCK_BYTES


def _decoded_size(text: str) -> int:
    """Bytes that the base64 text stands for; 0 where it is none."""
    if len(text) % 4 or not text.isascii():
        return 0
    others = text.encode().translate(None, _BASE64)  # to leave characters out is faster than to look at each
    if others not in _PADDING or not text.endswith(others.decode()):
        return 0
    return len(text) // 4 * 3 - len(others)
