"""slixmpp. Arguments, and what it does and prints: README.md."""

import asyncio
import ssl
import sys

import slixmpp

host, port, how, root, user, password, *contacts = sys.argv[1:]


async def main():
    client = slixmpp.ClientXMPP(user, password, ssl_context=ssl.create_default_context(cafile=root))
    client.enable_direct_tls = how == "directtls"
    client.enable_starttls = how == "starttls"
    client.enable_plaintext = False

    def greet(_):
        client.send_presence()
        for contact in contacts:
            client.send_message(mto=contact, mbody=f"hello from {user}", mtype="chat")

    client.add_event_handler("session_start", greet)
    client.add_event_handler(
        "message", lambda stanza: print("message", stanza["from"].bare, stanza["body"], flush=True))
    client.add_event_handler(
        "presence_available", lambda stanza: print("presence", stanza["from"].bare, flush=True))
    client.connect(host, int(port))
    await asyncio.Event().wait()


asyncio.run(main())
