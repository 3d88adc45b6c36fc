"""Two samples: do they come from one distribution? Effect sizes, because with enough requests
everything is significant, and what a prober learns is the size."""

from bisect import bisect_left, bisect_right
from collections import defaultdict


def superiority(first: list[float], second: list[float]) -> float:
    """Mann and Whitney's U over the number of pairs: how often one of `second` is greater than one
    of `first`, ties by half. 0.5: none is; it is the area under a prober's ROC curve."""
    ordered = sorted(first)
    wins = sum(bisect_left(ordered, x) + bisect_right(ordered, x) for x in second)
    return wins / (2 * len(first) * len(second))


def distance(first: list[float], second: list[float], tolerance: float = 0) -> float:
    """Kolmogorov and Smirnov's D: the greatest difference of the two distribution functions. It
    sees differences of spread and shape, too. With a tolerance: the least D that moving each value
    by up to that much can leave."""
    one, other = sorted(first), sorted(second)

    def earlier(some, others):
        """How much more of `some` than of `others` comes before any one moment."""
        return max((place + 1) / len(some) - bisect_right(others, value + tolerance) / len(others)
                   for place, value in enumerate(some))

    return max(0.0, earlier(one, other), earlier(other, one))


class Strata:
    """Samples of several classes, compared only within strata (here: answers that name one node)."""

    def __init__(self):
        self._samples = defaultdict(lambda: defaultdict(list))

    def add(self, stratum: str, kind: str, value: float):
        self._samples[stratum][kind].append(value)

    def _pairs(self, first: str, second: str):
        pairs = [(kinds[first], kinds[second]) for kinds in self._samples.values()]
        return [(one, other) for one, other in pairs if len(one) >= 100 and len(other) >= 100]

    def size(self, first: str, second: str) -> int:
        """How many values are compared."""
        return sum(len(one) + len(other) for one, other in self._pairs(first, second))

    def superiority(self, first: str, second: str, shift: float = 0) -> float:
        """Over all strata, after `shift` is added to the values of `second`."""
        pairs = self._pairs(first, second)
        weights = [len(one) * len(other) for one, other in pairs]
        values = [superiority(one, [x + shift for x in other]) for one, other in pairs]
        return sum(w * v for w, v in zip(weights, values)) / sum(weights)

    def distance(self, first: str, second: str, tolerance: float = 0) -> float:
        """The greatest of all strata."""
        return max(distance(one, other, tolerance) for one, other in self._pairs(first, second))

    def shift(self, first: str, second: str, limit: float = 0.5) -> float:
        """The delay of all `second` that raises `superiority` to `limit`. To 0.5: how much later
        those of `first` are (Hodges and Lehmann's estimate)."""
        low, high = -1.0, 1.0
        while self.superiority(first, second, low) > limit:
            low *= 4
        while self.superiority(first, second, high) < limit:
            high *= 4
        for _ in range(14):
            middle = (low + high) / 2
            if self.superiority(first, second, middle) < limit:
                low = middle
            else:
                high = middle
        return high
