"""What `rdadmin generate --report` is checked with: a graph with circles of friends, and its cut counted again from the files."""

import collections
import random

CIRCLES = 12
CIRCLE = 40


def write_rosters(path: str, seed: int = 3):
    """Circles of friends with some ties between, small networks, and users without contacts; weights 1 and 2."""
    chance = random.Random(seed)
    user = lambda circle, number: f"u{circle:02}-{number:02}@im.example"
    lines = []
    for circle in range(CIRCLES):
        for number in range(CIRCLE):
            for _ in range(6):
                lines.append((user(circle, number), user(circle, chance.randrange(CIRCLE))))
            if chance.random() < 0.5:
                lines.append((user(circle, number), user(chance.randrange(CIRCLES), chance.randrange(CIRCLE))))
    for pair in range(20):
        lines.append((f"pair{pair}a@im.example", f"pair{pair}b@im.example"))
    with open(path, "w") as file:
        file.writelines(f"{a}\t{b}\n" for a, b in lines)
        file.writelines(f"alone{number}@im.example\n" for number in range(10))
        file.write("u00-00@im.example\tfriend@elsewhere.example\n" * 3)


class Recount:
    """Ties, and who is where, from the files themselves."""

    def __init__(self, rosters: str, database: str):
        directions = set()
        with open(rosters) as file:
            for line in file:
                names = line.rstrip("\n").split("\t")
                if len(names) == 2 and names[0] != names[1] and names[1].endswith("@im.example"):
                    directions.add(tuple(names))
        self.weights = collections.Counter(tuple(sorted(names)) for names in directions)
        self.header, self.partition_of = {}, {}
        with open(database) as file:
            for line in file:
                if line.startswith("# "):
                    key, value = line[2:].rstrip("\n").split(": ", 1)
                    self.header[key] = value
                else:
                    user, number = line.rstrip("\n").split("\t")
                    self.partition_of[user] = int(number)
        self.partitions = int(self.header["partitions"])

    def between(self, place_of) -> collections.Counter:
        """Ties by the two places of their users, the lower first."""
        return collections.Counter(
            tuple(sorted(place_of(self.partition_of[user]) for user in pair)) for pair in self.weights)

    def cut(self, place_of) -> tuple[int, int]:
        """Ties between places, and their weight."""
        cut = [weight for pair, weight in self.weights.items()
               if len({place_of(self.partition_of[user]) for user in pair}) > 1]
        return len(cut), sum(cut)

    def networks(self) -> list[list[str]]:
        """In the order of their first users, by bytes."""
        contacts = collections.defaultdict(list)
        for one, other in self.weights:
            contacts[one].append(other)
            contacts[other].append(one)
        seen, networks = set(), []
        for first in sorted(self.partition_of, key=str.encode):
            if first in seen:
                continue
            network, reached = [], [first]
            seen.add(first)
            while reached:
                user = reached.pop()
                network.append(user)
                for contact in contacts[user]:
                    if contact not in seen:
                        seen.add(contact)
                        reached.append(contact)
            networks.append(network)
        return networks
