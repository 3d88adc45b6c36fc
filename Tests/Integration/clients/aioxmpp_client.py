"""aioxmpp. Arguments, and what it does and prints: README.md."""

import asyncio
import sys

import aioxmpp
import aioxmpp.connector
import aioxmpp.dispatcher
import aioxmpp.security_layer

host, port, how, root, user, password, *contacts = sys.argv[1:]


def trust_only_root():
    context = aioxmpp.security_layer.default_ssl_context()
    context.load_verify_locations(root)
    return context


async def main():
    connector = (aioxmpp.connector.STARTTLSConnector() if how == "starttls"
                 else aioxmpp.connector.XMPPOverTLSConnector())
    client = aioxmpp.PresenceManagedClient(
        aioxmpp.JID.fromstr(user),
        aioxmpp.make_security_layer(password, ssl_context_factory=trust_only_root),
        override_peer=[(host, int(port), connector)])
    messages = client.summon(aioxmpp.dispatcher.SimpleMessageDispatcher)
    messages.register_callback(
        aioxmpp.MessageType.CHAT, None,
        lambda stanza: print("message", stanza.from_.bare(), stanza.body.any(), flush=True))
    presences = client.summon(aioxmpp.dispatcher.SimplePresenceDispatcher)
    presences.register_callback(
        aioxmpp.PresenceType.AVAILABLE, None,
        lambda stanza: print("presence", stanza.from_.bare(), flush=True))
    async with client.connected():
        for contact in contacts:
            message = aioxmpp.Message(
                to=aioxmpp.JID.fromstr(contact), type_=aioxmpp.MessageType.CHAT)
            message.body[None] = f"hello from {user}"
            await client.send(message)
        await asyncio.Event().wait()


asyncio.run(main())
