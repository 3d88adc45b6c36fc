"""Cut and load of a division, from nothing but the graph and the part of each user."""

import sys

import graphs
import numpy as np


def recount(graph: str, parts: str, count: int) -> tuple[int, int, int, int]:
    """Ties cut, all ties, users in the largest part, users."""
    offsets, neighbours = graphs.read(graph)
    part = np.fromfile(parts, dtype=np.uint32)
    users = len(offsets) - 1
    assert len(part) == users and (users == 0 or part.max() < count), "not a part for each user"
    cut = 0
    # In pieces: all at once would take several times the memory of the graph.
    for first in range(0, users, 1 << 20):
        last = min(users, first + (1 << 20))
        begin, end = int(offsets[first]), int(offsets[last])
        own = np.repeat(part[first:last], np.diff(offsets[first:last + 1]).astype(np.int64))
        cut += int(np.count_nonzero(own != part[neighbours[begin:end]]))
    return cut // 2, len(neighbours) // 2, int(np.bincount(part, minlength=count).max()), users


if __name__ == "__main__":
    print(*recount(sys.argv[1], sys.argv[2], int(sys.argv[3])))
