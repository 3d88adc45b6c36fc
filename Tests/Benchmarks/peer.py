"""peer.py PROGRAM GRAPH PARTS IMBALANCE SEED THREADS OUTPUT: cuts as `Cut` does, with somebody else's partitioner, and prints the
same: processor seconds from the graph in memory to the parts, seconds on the clock, and the most memory beyond the graph."""

import ctypes
import resource
import sys
import time

import graphs
import numpy as np


def spent() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def resident(name: str) -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(name))


def forget_peak():
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def metis(graph: str, parts: int, imbalance: float, seed: int, _threads: int):
    """The library of Debian's package, with k-way cutting and the defaults of `gpmetis` (5.1.0, 32-bit indices)."""
    library = ctypes.CDLL("libmetis.so.5")
    offsets, neighbours = graphs.read(graph)
    rows, ends = offsets.astype(np.int32), neighbours.astype(np.int32)
    del offsets, neighbours
    options = (ctypes.c_int32 * 40)()
    library.METIS_SetDefaultOptions(options)
    options[8], options[16] = seed, round(imbalance * 1000)  # METIS_OPTION_SEED, METIS_OPTION_UFACTOR
    result = np.empty(len(rows) - 1, dtype=np.int32)
    pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)
    number = lambda value: ctypes.byref(ctypes.c_int32(value))

    def run():
        status = library.METIS_PartGraphKway(
            number(len(rows) - 1), number(1), pointer(rows), pointer(ends), None, None, None, number(parts), None, None,
            options, number(0), pointer(result))
        assert status == 1, f"METIS ended with {status}"
        return result

    return run


def kaminpar(graph: str, parts: int, imbalance: float, seed: int, threads: int, preset: str):
    import kaminpar as library

    # It reads files of its own.
    loaded = library.load_graph(graphs.as_text(graph), library.GraphFileFormat.METIS, compress="terapart" in preset)
    library.reseed(seed)
    program = library.KaMinPar(threads, library.context_by_name(preset))
    return lambda: program.compute_partition(loaded, parts, imbalance)


def mtkahypar(graph: str, parts: int, imbalance: float, seed: int, threads: int, preset: str):
    import mtkahypar as library

    program = library.initialize(threads)
    context = program.context_from_preset(getattr(library.PresetType, preset.upper()))
    context.set_partitioning_parameters(parts, imbalance, library.Objective.CUT)
    context.logging = False
    library.set_seed(seed)
    offsets, neighbours = graphs.read(graph)
    own = np.repeat(np.arange(len(offsets) - 1, dtype=np.uint32), np.diff(offsets).astype(np.int64))
    chosen = own < neighbours
    pairs = list(zip(own[chosen].tolist(), neighbours[chosen].tolist()))
    loaded = program.create_graph(context, len(offsets) - 1, len(pairs), pairs)
    del offsets, neighbours, own, chosen, pairs

    return lambda: loaded.partition(context).get_partition()


PEERS = {"metis": metis, "kaminpar": kaminpar, "mtkahypar": mtkahypar}


def main():
    name, graph, parts, imbalance, seed, threads, output = sys.argv[1:]
    name, _, preset = name.partition("-")
    preset = (preset or "default",) if name != "metis" else ()
    run = PEERS[name](graph, int(parts), float(imbalance), int(seed), int(threads), *preset)
    forget_peak()
    memory, cpu, begun = resident("VmRSS:"), spent(), time.monotonic()
    result = run()
    cpu, wall, memory = spent() - cpu, time.monotonic() - begun, resident("VmHWM:") - memory
    np.asarray(result, dtype=np.uint32).tofile(output)
    print(cpu, wall, memory)


main()
