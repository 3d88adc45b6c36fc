"""xmpppy. Arguments, and what it does and prints: README.md. It does not check certificates."""

import sys

import xmpp

host, port, how, _, user, password, *contacts = sys.argv[1:]
local, domain = user.split("@")

client = xmpp.Client(domain, debug=[])
# None: STARTTLS where it is offered.
kind = client.connect((host, int(port)), secure=1 if how == "directtls" else None, use_srv=False)
if kind != {"starttls": "tls", "directtls": "ssl"}[how]:
    sys.exit(f"no encrypted connection: {kind!r}")
if not client.auth(local, password, "xmpppy"):
    sys.exit("not logged in")


def hear_message(_, stanza):
    print("message", stanza.getFrom().getStripped(), stanza.getBody(), flush=True)


def hear_presence(_, stanza):
    if stanza.getType() is None:
        print("presence", stanza.getFrom().getStripped(), flush=True)


client.RegisterHandler("message", hear_message)
client.RegisterHandler("presence", hear_presence)
client.sendInitPresence()
for contact in contacts:
    client.send(xmpp.Message(contact, f"hello from {user}", "chat"))
while client.Process(1) is not None:
    pass
