"""A user with slixmpp, a real client that does not follow redirects by itself, and the few lines
that make it follow."""

import asyncio
import logging
import ssl

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

# It complains that it may not follow by itself.
logging.getLogger("slixmpp.basexmpp").setLevel(logging.CRITICAL)

# RFC 6120 (4.9.3.19) lets a client give up after a few redirects in a row.
MOST_REDIRECTS = 2

LOGIN_SECONDS = 30.0

# For anything that one user does and another should hear of.
HEARING_SECONDS = 20.0


def trust_only(root: str) -> ssl.SSLContext:
    """What clients check certificates with. One for all of them: to load the system's authorities
    for each would cost more than the login."""
    return ssl.create_default_context(cafile=root)


class Member:
    """One user's client. `hops`: the addresses it connected to, in order, at its last login.

    Presences and messages are kept in `inbox`, until `forget`; `statuses` is what each user last
    said of itself.
    """

    def __init__(self, user: str, password: str, trust: ssl.SSLContext,
                 plugins: tuple[str, ...] = (), resource: str = ""):
        self.user = user
        self._password = password
        self._trust = trust
        self._plugins = plugins
        self._resource = resource
        self.client: slixmpp.ClientXMPP | None = None
        self.hops: list[tuple[str, int]] = []
        self.inbox: list = []
        self.statuses: dict[str, str] = {}
        self._came = asyncio.Event()

    async def log_in(self, host: str, port: int, how: str = "starttls") -> "Member":
        """Connects `how` (`starttls` or `directtls`), goes where it is told to, and logs in there."""
        self.hops = []
        target = (host, port)
        while True:
            self.hops.append(target)
            result = await asyncio.wait_for(self._attempt(target, how), LOGIN_SECONDS)
            if result == "session":
                return self
            await self.log_out()
            if not isinstance(result, tuple) or len(self.hops) > MOST_REDIRECTS:
                raise ConnectionError(f"{self.user}: {result} at {self.hops}")
            # The few lines: at `<see-other-host/>`, go there.
            target = result

    async def _attempt(self, target: tuple[str, int], how: str):
        """`session`, an address where to go instead, or what went wrong."""
        name = f"{self.user}/{self._resource}" if self._resource else self.user
        client = self.client = slixmpp.ClientXMPP(
            name, self._password, ssl_context=self._trust)
        client.enable_direct_tls = how == "directtls"
        client.enable_starttls = how == "starttls"
        client.enable_plaintext = False
        # Its own way of following expects a certificate for the other host's name.
        client.max_redirects = -1
        for plugin in self._plugins:
            client.register_plugin(plugin)
        ended = asyncio.get_running_loop().create_future()

        def settle(value):
            if not ended.done():
                ended.set_result(value)

        def redirected(error):
            place = error["see_other_host"]
            if not place:
                return settle(f"stream error {error['condition']}")
            host, port = place.rsplit(":", 1)
            settle((host, int(port)))

        client.add_event_handler("session_start", lambda _: settle("session"))
        client.add_event_handler("stream_error", redirected)
        client.add_event_handler("failed_auth", lambda _: settle("refused"))
        client.add_event_handler("connection_failed", lambda why: settle(f"no connection: {why}"))
        client.add_event_handler("disconnected", lambda why: settle(f"disconnected: {why}"))
        for kind in ("presence", "message"):
            client.register_handler(
                Callback(f"inbox of {kind}", MatchXPath(f"{{jabber:client}}{kind}"), self._take))
        client.connect(*target)
        return await ended

    def _take(self, stanza):
        self.inbox.append(stanza)
        if stanza.name == "presence":
            self.statuses[stanza["from"].bare] = stanza["status"]
        self._came.set()

    @property
    def jid(self) -> str:
        """With the resource, as the server bound it."""
        return self.client.boundjid.full

    def say(self, to: str, body: str):
        self.client.send_message(mto=to, mbody=body, mtype="chat")

    def announce(self, status: str, show: str | None = None):
        """A presence for all contacts."""
        self.client.send_presence(pshow=show, pstatus=status)

    async def hear(self, wanted, what: str):
        """Waits until the inbox has a stanza for which `wanted(stanza)` holds, and returns it."""
        async def search():
            looked_at = 0
            while True:
                self._came.clear()
                while looked_at < len(self.inbox):
                    looked_at += 1
                    if wanted(self.inbox[looked_at - 1]):
                        return self.inbox[looked_at - 1]
                await self._came.wait()

        try:
            return await asyncio.wait_for(search(), HEARING_SECONDS)
        except asyncio.TimeoutError:
            raise AssertionError(
                f"{self.user} did not hear {what} but {[str(stanza) for stanza in self.inbox]}"
            ) from None

    async def hear_chat(self, body: str, sender: str):
        """A chat message with this body from this bare JID."""
        return await self.hear(
            lambda stanza: stanza.name == "message" and stanza["body"] == body
            and stanza["from"].bare == sender, f"{body!r} of {sender}")

    async def hear_status(self, status: str, sender: str):
        """A presence with this status from this bare JID, now or before."""
        if self.statuses.get(sender) != status:
            await self.hear(
                lambda stanza: stanza.name == "presence" and stanza["status"] == status
                and stanza["from"].bare == sender, f"the status {status!r} of {sender}")

    def forget(self):
        """What is heard from now on is new."""
        self.inbox.clear()
        self.statuses.clear()

    async def log_out(self):
        """Ends the stream; the server has the session no longer when it closes its own."""
        client, self.client = self.client, None
        if client is not None:
            # It would try again and again by itself.
            client.cancel_connection_attempt()
            await client.disconnect(wait=5.0, ignore_send_queue=True)
            sender = client._run_out_filters
            sender.cancel()
            await asyncio.wait([sender])
        self.forget()
