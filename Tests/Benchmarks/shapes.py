"""Graphs of several shapes, by name, users and seed: what a partitioner is good at on one it may not be on another.

rosters   circles within circles (family or team, community, town, country), each user in two, degrees by a power law, six in a
          hundred in small networks of their own: as contact lists are
hubs      ties go to who has many already (Barabasi and Albert): bots, and people whom everybody knows
places    users on a map, tied to who is near, and to few afar
blocks    groups without any structure inside
"""

import graphs
import numpy as np


def rosters(users: int, chance, degree=26):
    crowd = users - users * 6 // 100
    most = min(2000.0, 4 * users ** 0.5)
    degrees = power(chance, crowd, 2.6, degree * 0.38, most)
    degrees *= degree / degrees.mean()
    towns = runs(chance, crowd, 1.8, 2000, min(80000, crowd / 8))
    # Second circles: of people of one town who are not neighbours.
    order = np.lexsort((chance.random(crowd), towns))
    second = np.empty(crowd, dtype=np.int64)
    second[order] = runs(chance, crowd, 2.2, 10, 400)
    levels = [(runs(chance, crowd, 2.1, 8, 1500), 0.46 * degrees), (second, 0.22 * degrees), (towns, 0.17 * degrees),
              (runs(chance, crowd, 1.5, crowd / 40, crowd / 5), 0.055 * degrees ** 2 / degree),
              (np.zeros(crowd, dtype=np.int64), 0.0275 * degrees ** 2 / degree)]
    pairs = [matched(chance, group, stubs) for group, stubs in levels]
    # The others: trees with a few ties more.
    sizes = np.maximum(1, power(chance, users - crowd, 2.0, 1.5, 200).astype(np.int64))
    network = np.repeat(np.arange(len(sizes)), sizes)[:users - crowd]
    first = np.searchsorted(network, network)
    place = np.arange(users - crowd)
    for _ in range(2):
        pairs.append((crowd + place, crowd + first + (chance.random(len(place)) * np.maximum(1, place - first)).astype(np.int64)))
    return pairs


def hubs(users: int, chance, degree=12):
    # Each newcomer ties itself to ends of older ties, which are met as often as they have ties.
    half = degree // 2
    one = np.repeat(np.arange(users), half)
    pick = (chance.random(len(one)) * 2 * half * one).astype(np.int64)
    ends = np.empty(2 * len(one), dtype=np.int64)
    ends[0::2] = one
    # An end that was picked itself is looked up again, until it is a newcomer's own.
    other = pick
    for _ in range(64):
        odd = other % 2 == 1
        if not odd.any():
            break
        other = np.where(odd, pick[np.minimum(other // 2, len(pick) - 1)], other)
    return [(one, ends[other - other % 2])]


def places(users: int, chance, degree=12):
    side = max(1, int((users / 4) ** 0.5))
    x, y = chance.random(users) * side, chance.random(users) * side
    cell = (x.astype(np.int64) * side + y.astype(np.int64))
    pairs = [matched(chance, cell + shift, np.full(users, degree * 0.23)) for shift in (0,)]
    for across, up in ((0.5, 0), (0, 0.5), (0.5, 0.5)):
        shifted = ((x + across).astype(np.int64) * (side + 1) + (y + up).astype(np.int64))
        pairs.append(matched(chance, shifted, np.full(users, degree * 0.24)))
    pairs.append(matched(chance, np.zeros(users, dtype=np.int64), np.full(users, degree * 0.05)))
    return pairs


def blocks(users: int, chance, degree=16):
    group = runs(chance, users, 2.0, 50, 5000)
    return [matched(chance, group, np.full(users, degree * 0.7)),
            matched(chance, np.zeros(users, dtype=np.int64), np.full(users, degree * 0.3))]


def power(chance, count: int, exponent: float, low: float, high: float):
    """Numbers between `low` and `high` whose density falls by a power."""
    p = 1 - exponent
    return (chance.random(count) * (high ** p - low ** p) + low ** p) ** (1 / p)


def runs(chance, count: int, exponent: float, low: float, high: float):
    """A group for each, in runs whose lengths follow a power law."""
    lengths = power(chance, int(count / low) + 2, exponent, low, max(low, high)).astype(np.int64)
    return np.repeat(np.arange(len(lengths)), lengths)[:count]


def matched(chance, group, stubs):
    """Ties between the stubs of a group, matched at random."""
    whole = (stubs + chance.random(len(stubs))).astype(np.int64)
    owner = np.repeat(np.arange(len(stubs)), whole)
    order = np.lexsort((chance.random(len(owner)), group[owner]))
    owner = owner[order]
    one, other = owner[:-1:2], owner[1::2]
    same = group[one] == group[other]
    return one[same], other[same]


SHAPES = {shape.__name__: shape for shape in (rosters, hubs, places, blocks)}


def make(name: str, users: int, seed: int, path: str):
    """Writes the graph; its users are in no order that tells anything."""
    chance = np.random.Generator(np.random.PCG64(seed))
    pairs = SHAPES[name](users, chance)
    number = chance.permutation(users)
    graphs.write(path, *graphs.from_pairs(
        users, number[np.concatenate([one for one, _ in pairs])], number[np.concatenate([other for _, other in pairs])]))
