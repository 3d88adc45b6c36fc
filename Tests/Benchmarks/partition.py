"""Runs partitioners in turn on the same graphs, and prints what they cut, and at what cost. `scripts/measure partition` starts it."""

import argparse
import hashlib
import math
import os
import statistics
import subprocess
import sys

import graphs
import shapes
from recount import recount

HERE = os.path.dirname(os.path.abspath(__file__))
# Ratios of processor time mean little where the divisor is a few ticks of the clock.
LEAST_SECONDS = 0.2
# Fewer users a part than this, and no graph has a cut worth comparing.
LEAST_USERS = 100
# METIS adds this to the imbalance against rounding; nobody's result is void for so little.
SLACK = 0.00005
# What the others are divided by: its cut, its processor time.
BEST_CUT, FASTEST = "mtkahypar", "metis"


def prepare(argument: str, directory: str) -> tuple[str, str]:
    """Name and path of a graph: a shape as NAME:USERS:SEED, a binary graph, or an edge list."""
    name, _, rest = argument.partition(":")
    if name in shapes.SHAPES and rest:
        users, _, seed = rest.partition(":")
        path = os.path.join(directory, f"{name}-{users}-{seed or 1}.csr")
        if not os.path.exists(path):
            shapes.make(name, int(users), int(seed or 1), f"{path}.new")
            os.rename(f"{path}.new", path)
        return os.path.basename(path)[:-4], path
    if not os.path.exists(argument):
        sys.exit(f"measure: {argument}: no such file, and no shape; expected {', '.join(shapes.SHAPES)} as NAME:USERS[:SEED]")
    base = os.path.basename(argument).removesuffix(".gz").removesuffix(".tsv").removesuffix(".csr")
    stamp = hashlib.sha256(f"{os.path.realpath(argument)} {os.path.getmtime(argument)}".encode()).hexdigest()[:12]
    path = os.path.join(directory, f"{base}-{stamp}.csr")
    if not os.path.exists(path):
        if argument.endswith(".csr"):
            os.symlink(os.path.realpath(argument), path)
        else:
            graphs.write(f"{path}.new", *graphs.from_list(argument))
            os.rename(f"{path}.new", path)
    return base, path


def command(program: str, cut: str, *arguments) -> list[str]:
    """`ours` and `ours-EFFORT` are this project's; the others see peer.py."""
    graph, parts, imbalance, seed, threads, output = map(str, arguments)
    if program.split("-")[0] == "ours":
        effort = program.partition("-")[2] or "default"
        return [cut, graph, parts, imbalance, seed, effort, threads, output]
    return [sys.executable, os.path.join(HERE, "peer.py"), program, graph, parts, imbalance, seed, threads, output]


class Result:
    """The seeds of one program on one graph and number of parts."""

    def __init__(self):
        # Of runs that are void the cut does not count; what they cost does, to compare costs with.
        self.cuts, self.seconds, self.memory, self.excess, self.troubles = [], [], [], [], []

    def add(self, program, cut, path, parts, options, seed, output):
        try:
            run = subprocess.run(command(program, cut, path, parts, options.imbalance, seed, options.threads, output),
                                 capture_output=True, text=True, timeout=options.timeout)
        except subprocess.TimeoutExpired:
            self.troubles.append(f"not done after {options.timeout:g} s")
            return
        if run.returncode != 0:
            self.troubles.append((run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"])[-1])
            return
        seconds, _, memory = map(float, run.stdout.split()[-3:])
        crossing, ties, largest, users = recount(path, output, parts)
        limit = max(-(-users // parts), math.floor((1 + options.imbalance + SLACK) * users / parts))
        self.seconds.append(seconds)
        self.memory.append(memory)
        if largest <= limit:
            self.cuts.append(crossing / ties)
        else:
            self.excess.append(largest * parts / users - 1)

    @property
    def is_good(self) -> bool:
        """A median of what is void would flatter."""
        return len(self.cuts) > len(self.excess)

    @property
    def cut(self) -> float | None:
        return statistics.median(self.cuts) if self.is_good else None

    @property
    def cost(self) -> float | None:
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def space(self) -> float | None:
        return statistics.median(self.memory) if self.memory else None


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(map(math.log, values)) / len(values))


def compare(options, cut: str, directory: str) -> bool:
    table = {}
    print(f"{options.seeds} seeds each, imbalance {options.imbalance:.0%}, {options.threads} thread"
          f"{'s' if options.threads > 1 else ''}; cut in %, processor seconds, MiB beyond the graph: medians\n")
    print("| graph | users | ties | k |" + "".join(f" {program} |" for program in options.programs))
    print("|---|---|---|---|" + "---|" * len(options.programs), flush=True)
    for argument in options.graphs:
        name, path = prepare(argument, directory)
        offsets, neighbours = graphs.read(path)
        users, ties = len(offsets) - 1, len(neighbours) // 2
        del offsets, neighbours
        if any(program.startswith("kaminpar") for program in options.programs):
            graphs.as_text(path)
        for parts in options.parts:
            if users < LEAST_USERS * parts:
                continue
            results = {program: Result() for program in options.programs}
            # In turn: what else the machine does falls on all of them.
            for seed in range(1, options.seeds + 1):
                for program, result in results.items():
                    result.add(program, cut, path, parts, options, seed, os.path.join(directory, f"parts-{os.getpid()}"))
            table[name, parts] = results
            cells = "".join(f" {describe(result)} |" for result in results.values())
            print(f"| {name} | {users:,} | {ties:,} | {parts} |{cells}", flush=True)
    return summarize(table, options.programs)


def describe(result: Result) -> str:
    if result.troubles:
        return f"failed: {result.troubles[0][:60]}"
    note = f"; {len(result.excess)} of {len(result.seconds)} void, up to {max(result.excess):.2%}" if result.excess else ""
    share = f"{result.cut * 100:.3f}" if result.is_good else "void"
    return f"{share} ({result.cost:.2f} s, {result.space / 2 ** 20:.0f}{note})"


def ratios(table: dict, program: str, peer: str, what: str) -> list[float]:
    """Of one program to another, over all graphs and parts where both have something to compare."""
    found = []
    for results in table.values():
        own, other = results[program], results.get(peer)
        if other is None or not own.is_good:
            continue
        # Costs are compared only where they are more than a few ticks of the clock.
        if what != "cut" and (other.cost is None or other.cost < LEAST_SECONDS):
            continue
        one, divisor = getattr(own, what), getattr(other, what)
        if one and divisor:
            found.append(one / divisor)
    return found


def summarize(table: dict, programs: list[str]) -> bool:
    """Geometric means over all graphs and parts."""
    print(f"\n| program | cut against {BEST_CUT} | pairs | CPU against {FASTEST} | highest | pairs | MiB against {FASTEST} |")
    print("|---|---|---|---|---|---|---|")
    show = lambda values, digits: f"{geometric_mean(values):.{digits}f}" if values else "-"
    for program in programs:
        cuts, costs, spaces = (ratios(table, program, peer, what)
                               for peer, what in ((BEST_CUT, "cut"), (FASTEST, "cost"), (FASTEST, "space")))
        print(f"| {program} | {show(cuts, 3)} | {len(cuts)} | {show(costs, 2)} | {f'{max(costs):.2f}' if costs else '-'} | "
              f"{len(costs)} | {show(spaces, 2)} |")
    return bool(table) and not any(result.troubles for results in table.values() for result in results.values())


def main():
    parser = argparse.ArgumentParser(prog="scripts/measure partition", description=__doc__)
    parser.add_argument("graphs", nargs="*", default=["rosters:100000", "hubs:50000", "places:100000", "blocks:50000"],
                        help="edge lists (user, contact; .gz too), binary graphs (.csr), or shapes as NAME:USERS[:SEED]: "
                        + ", ".join(shapes.SHAPES))
    parser.add_argument("--programs", type=lambda text: text.split(","),
                        default=["metis", "kaminpar-fast", "kaminpar", "mtkahypar", "ours-fast", "ours"],
                        help="also kaminpar-PRESET (eco, strong, terapart), mtkahypar-PRESET (quality, deterministic), ours-EFFORT")
    parser.add_argument("--parts", type=lambda text: [int(word) for word in text.split(",")], default=[2, 16, 64])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--imbalance", type=float, default=0.03)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--timeout", type=float, default=3600, help="seconds for one run")
    parser.add_argument("--cut", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--directory", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.exit(0 if compare(options, options.cut, options.directory) else 1)


main()
