"""nbxmpp, the library of Gajim. Arguments, and what it does and prints: README.md."""

import sys

from gi.repository import Gio, GLib
from nbxmpp.client import Client
from nbxmpp.const import ConnectionProtocol, ConnectionType
from nbxmpp.protocol import Message, Presence
from nbxmpp.structs import StanzaHandler

host, port, how, root, user, password, *contacts = sys.argv[1:]

Gio.TlsBackend.get_default().set_default_database(Gio.TlsFileDatabase.new(root))
local, domain = user.split("@")
client = Client(log_context=user)
client.set_domain(domain)
client.set_username(local)
client.set_resource("nbxmpp")
client.set_password(password)
client.set_custom_host(
    f"{host}:{port}", ConnectionProtocol.TCP,
    ConnectionType.START_TLS if how == "starttls" else ConnectionType.DIRECT_TLS)


def greet(*_):
    client.send_stanza(Presence())
    for contact in contacts:
        client.send_stanza(Message(to=contact, body=f"hello from {user}", typ="chat"))


def hear_message(_client, stanza, _properties):
    if stanza.getBody():
        print("message", stanza.getFrom().bare, stanza.getBody(), flush=True)


def hear_presence(_client, stanza, _properties):
    if stanza.getType() is None:
        print("presence", stanza.getFrom().bare, flush=True)


loop = GLib.MainLoop()
client.subscribe("connected", greet)
client.subscribe("disconnected", lambda *_: (print("over", *client.get_error()), loop.quit()))
client.subscribe("connection-failed", lambda *_: (print("no connection"), loop.quit()))
client.register_handler(StanzaHandler(name="message", callback=hear_message))
client.register_handler(StanzaHandler(name="presence", callback=hear_presence))
client.connect()
loop.run()
