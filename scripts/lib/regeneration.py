"""A town whose rosters change from round to round, and what `rdadmin generate --previous` makes of it."""

import os
import random
import re
import statistics
import subprocess

# Users below which a round takes well under a second.
SMALL = 200_000


class Town:
    """Users in slots and ties between them. A round changes 1 % of the ties and 0.5 % of the users."""

    def __init__(self, path, seed):
        self.chance = random.Random(seed)
        self.names = []
        numbers = {}
        self.ties = []
        with open(path) as rosters:
            for line in rosters:
                pair = [numbers.setdefault(name, len(numbers)) for name in line.rstrip("\n").split("\t")[:2]]
                if len(pair) == 2 and pair[0] != pair[1]:
                    self.ties.append((min(pair), max(pair)))
        self.ties = sorted(set(self.ties))
        self.names = list(numbers)
        self.comers = 0

    def change(self):
        """Nine in ten new ties lead to a friend's friend; a new user knows somebody and friends of his."""
        chance, count, total = self.chance, len(self.names), len(self.ties)
        friends = [[] for _ in range(count)]
        for a, b in self.ties:
            friends[a].append(b)
            friends[b].append(a)
        new = set(chance.sample(range(count), count // 200))
        for user in new:
            self.comers += 1
            self.names[user] = f"new{self.comers}@{self.names[user].partition('@')[2]}"
        ties = [tie for tie in self.ties if tie[0] not in new and tie[1] not in new]
        for _ in range(total // 100):
            place = chance.randrange(len(ties))
            ties[place] = ties[-1]
            ties.pop()
        known = set(ties)

        def add(a, b):
            tie = (min(a, b), max(a, b))
            if a == b or tie in known:
                return False
            known.add(tie)
            ties.append(tie)
            return True

        def friend(user):
            return chance.choice(friends[user]) if friends[user] else chance.randrange(count)

        for user in sorted(new):
            sponsor = chance.randrange(count)
            wanted = len(friends[chance.randrange(count)])
            if sponsor in new or wanted == 0:
                continue
            got = add(user, sponsor)
            for _ in range(4 * wanted):
                other = friend(friend(sponsor) if chance.random() < 0.1 else sponsor)
                got += other not in new and add(user, other)
                if got >= wanted:
                    break
        for _ in range(total):
            if len(ties) >= total:
                break
            a = chance.choice(chance.choice(ties))
            b = chance.randrange(count) if chance.random() < 0.1 else friend(friend(a))
            if b not in new:
                add(a, b)
        self.ties = ties

    def write(self, path):
        with open(path, "w", buffering=1 << 20) as rosters:
            for name in self.names:
                rosters.write(name + "\n")
            for a, b in self.ties:
                rosters.write(f"{self.names[a]}\t{self.names[b]}\n")


def measure(rosters, place, run, rdadmin, nodes, rounds):
    """Prints each round; returns whether all that is promised holds: at most 1 % moved, 1.02 of the cut, a quarter of the time."""
    town = Town(rosters, seed=1)
    input_path, old, new = (os.path.join(place, name) for name in ("town.tsv", "old.db", "new.db"))

    def generate(*arguments, partitions=nodes):
        """Seconds of CPU beyond reading and writing, and figures of the report."""
        command = [rdadmin, "generate", "--partition-size", "1000000000", "--threads", "1", "--output", new]
        log = os.path.join(place, "report")
        cpu, rest = [], []
        # A difference of short times is mostly noise, which only ever adds: the shortest of some runs counts.
        for _ in range(3 if len(town.names) < SMALL else 1):
            with open(log, "w") as report:
                cpu.append(run([*command, "--partitions", str(partitions), *arguments, input_path],
                               stdout=report, stderr=subprocess.DEVNULL)[1])
            with open(os.devnull, "w") as nothing:
                one = [*command[:-1], os.path.join(place, "one.db"), "--partitions", "1", input_path]
                rest.append(run(one, stdout=nothing, stderr=nothing)[1])
        with open(log) as report:
            figures = dict(re.findall(r"^(ties cut|users moved) +([0-9.]+)", report.read(), re.M))
        return max(0.001, min(cpu) - min(rest)), {key: float(value) for key, value in figures.items()}

    town.write(input_path)
    scratch, figures = generate()
    print(f"{len(town.names)} users, {len(town.ties)} ties, {nodes} nodes: {figures['ties cut']:.2f} % cut, {scratch:.2f} s CPU")
    most_moved, slowest = 0, 0
    for number in range(1, rounds + 1):
        town.change()
        town.write(input_path)
        os.replace(new, old)
        cpu, figures = generate("--previous", old)
        moved = figures["users moved"] / len(town.names)
        most_moved, slowest = max(most_moved, moved), max(slowest, cpu)
        print(f"round {number:2}: {figures['ties cut']:6.2f} % cut, {moved:7.3%} moved, {cpu:6.2f} s CPU", flush=True)
    cut = figures["ties cut"]
    os.replace(new, old)
    again = [generate("--seed", str(seed)) for seed in range(1, 6)]
    scratch = statistics.median(cpu for cpu, _ in again)
    ratio = cut / statistics.median(figures["ties cut"] for _, figures in again)
    print(f"at most {most_moved:.3%} moved in a round (promised: 1 %)")
    print(f"{ratio:.4f} times the cut from scratch, median of 5 seeds (1.02)")
    print(f"{slowest / scratch:.3f} of the time from scratch, {scratch:.2f} s, in the slowest round (0.25)")
    _, figures = generate("--previous", old, partitions=nodes + 1)
    share = figures["users moved"] / len(town.names) * (nodes + 1)
    print(f"{share:.3f} of its share moves for one node more (1.1); {figures['ties cut']:.2f} % cut")
    return most_moved <= 0.01 and ratio <= 1.02 and slowest <= scratch / 4 and share <= 1.1
