"""A small private network of real XMPP servers and clients, on loopback.

The demo and the integration tests both live in a `Place`: one temporary directory with all data,
one set of child processes. Whatever happens, leaving the place stops every process by its id and
removes the directory. Only Python's standard library is used.
"""

from .place import Place, free_port, until

__all__ = ["Place", "free_port", "until"]
