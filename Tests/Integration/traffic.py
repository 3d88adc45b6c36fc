"""What presences cost between the nodes: people at the nodes where their circles are, against the
same people anywhere."""

import random
import statistics
from dataclasses import dataclass

from crowd import Crowd
from small import read

# Everybody goes away, comes back, and is busy. What a login costs, the copying of sessions to all
# nodes, is the same wherever people are and is not part of it.
PHASE = (("away", "out for lunch"), ("chat", "back again"), ("dnd", "in a meeting"))


@dataclass
class Comparison:
    """Bytes between the nodes in one presence phase, under both placements, one pair a round."""

    rosters: list[int]
    random: list[int]

    @property
    def ratios(self) -> list[float]:
        return [other / own for own, other in zip(self.rosters, self.random)]

    @property
    def ratio(self) -> float:
        """The median over all rounds."""
        return statistics.median(self.ratios)


def shuffled(database: str, seed: int) -> str:
    """The text of a `redirect.db` with the same users and partition sizes, but anybody anywhere."""
    lines = read(database).decode().splitlines()
    header = [line for line in lines if line.startswith("#")]
    users, partitions = zip(*(line.split("\t") for line in lines if not line.startswith("#")))
    anywhere = random.Random(seed).sample(partitions, len(partitions))
    return "\n".join([*header, *map("\t".join, zip(users, anywhere))]) + "\n"


def compare(crowd: Crowd, rounds: int, show=lambda comparison: None) -> Comparison:
    """Alternates between the map made of the rosters and one made at random, another each round;
    everybody logs in again through the edges. `show` is called after each round."""
    deployment = crowd.deployment
    comparison = Comparison([], [])
    for number in range(rounds):
        crowd.come(deployment.database)
        comparison.rosters.append(phase(crowd, number))
        anywhere = deployment.place.file(
            f"random{number}.db", shuffled(deployment.database, number))
        crowd.come(anywhere)
        comparison.random.append(phase(crowd, number))
        show(comparison)
    return comparison


def phase(crowd: Crowd, number: int) -> int:
    """The bytes that all nodes sent each other while everybody heard of all their contacts that they
    are away, back, busy."""
    def speak():
        for show, status in PHASE:
            crowd.announce(f"{status} {number}", show)

    return crowd.deployment.pool.wire.sent_during(speak)
