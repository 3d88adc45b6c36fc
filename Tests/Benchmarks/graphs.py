"""The file form of a graph, which every program of the comparison reads: numbers of users and entries (64 bits each), offsets (64
bits, one more than users), neighbours (32 bits, rising in each row)."""

import gzip
import os

import numpy as np


def from_pairs(users: int, one, other):
    """Offsets and neighbours of a graph with these ties; doubles and ties to oneself are dropped."""
    low, high = np.minimum(one, other).astype(np.int64), np.maximum(one, other).astype(np.int64)
    keys = np.unique((low * users + high)[low != high])
    low, high = keys // users, keys % users
    ends = np.concatenate([low * users + high, high * users + low])
    ends.sort()
    offsets = np.zeros(users + 1, dtype=np.uint64)
    offsets[1:] = np.cumsum(np.bincount(ends // users, minlength=users))
    return offsets, (ends % users).astype(np.uint32)


def write(path: str, offsets, neighbours):
    with open(path, "wb") as file:
        np.array([len(offsets) - 1, len(neighbours)], dtype=np.uint64).tofile(file)
        offsets.tofile(file)
        neighbours.tofile(file)


def read(path: str):
    users, entries = (int(number) for number in np.fromfile(path, dtype=np.uint64, count=2))
    offsets = np.fromfile(path, dtype=np.uint64, count=users + 1, offset=16)
    neighbours = np.fromfile(path, dtype=np.uint32, count=entries, offset=16 + 8 * (users + 1))
    return offsets, neighbours


def from_list(path: str):
    """A text file, perhaps compressed with gzip, of lines `user contact ...`; users are numbered as they come."""
    opened = gzip.open(path, "rt") if path.endswith(".gz") else open(path)
    numbers, one, other = {}, [], []
    with opened as file:
        for line in file:
            words = line.split()
            if len(words) > 1 and line[0] not in "#%":
                one.append(numbers.setdefault(words[0], len(numbers)))
                other.append(numbers.setdefault(words[1], len(numbers)))
    return from_pairs(len(numbers), np.array(one), np.array(other))


def as_text(path: str) -> str:
    """The same graph in METIS's text form, beside it; written once."""
    text = f"{path}.metis"
    if not os.path.exists(text):
        offsets, neighbours = read(path)
        rows = offsets.astype(np.int64)
        with open(f"{text}.new", "w", buffering=1 << 22) as file:
            file.write(f"{len(rows) - 1} {len(neighbours) // 2}\n")
            for user in range(len(rows) - 1):
                file.write(" ".join(map(str, (neighbours[rows[user]:rows[user + 1]] + np.uint32(1)).tolist())) + "\n")
        os.rename(f"{text}.new", text)
    return text
