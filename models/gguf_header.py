"""The ``gguf`` package's reader without the words of the vocabulary, each of which it makes two arrays of: a minute for one file."""

from __future__ import annotations

import struct
from typing import Any

import gguf

LONG, MOST = 1024, 4_000_000  # elements from which an array is stepped over; of the longest that is taken for one
_ARRAY, _COUNT = struct.Struct("<IQ"), struct.Struct("<Q")


class HeaderReader(gguf.GGUFReader):  # type: ignore[misc]
    """Fields, and where each tensor lies; of long arrays only how many elements they have (``len(field.data)``).

    Raises what the package's reader raises, and :class:`struct.error` for a file that ends within an array.
    """

    def _get_field_parts(self, orig_offs: int, raw_type: int) -> tuple[int, list[Any], list[int], list[Any]]:
        if gguf.GGUFValueType(raw_type) != gguf.GGUFValueType.ARRAY or self.byte_order == "S":
            return super()._get_field_parts(orig_offs, raw_type)  # type: ignore[no-any-return]
        kind, count = _ARRAY.unpack_from(self.data.data, orig_offs)
        if count < LONG or gguf.GGUFValueType(kind) == gguf.GGUFValueType.ARRAY:
            return super()._get_field_parts(orig_offs, raw_type)  # type: ignore[no-any-return]
        if count > MOST:
            raise ValueError(f"an array of {count} elements")
        start = orig_offs + 12
        return self._end_of_array(start, kind, count) - orig_offs, [], list(range(count)), [gguf.GGUFValueType.ARRAY, gguf.GGUFValueType(kind)]

    def _end_of_array(self, offset: int, kind: int, count: int) -> int:
        """Where the elements end that begin at ``offset``."""
        numbers = self.gguf_scalar_to_np.get(gguf.GGUFValueType(kind))
        if numbers is not None:
            return int(offset + count * numbers().itemsize)
        data = self.data.data  # a plain view of the mapped file
        for _ in range(count):
            offset += 8 + _COUNT.unpack_from(data, offset)[0]
        return offset
