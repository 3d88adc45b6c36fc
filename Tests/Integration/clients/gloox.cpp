// gloox. Arguments, and what it does and prints: README.md.

#include <gloox/client.h>
#include <gloox/connectionlistener.h>
#include <gloox/connectiontcpclient.h>
#include <gloox/connectiontls.h>
#include <gloox/message.h>
#include <gloox/messagehandler.h>
#include <gloox/presence.h>
#include <gloox/presencehandler.h>
#include <gloox/tlsdefault.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

struct Listener : gloox::ConnectionListener, gloox::MessageHandler, gloox::PresenceHandler {
  gloox::Client &client;
  std::string user;
  std::vector<std::string> contacts;

  Listener(gloox::Client &client, std::string user, std::vector<std::string> contacts)
      : client(client), user(user), contacts(contacts) {}

  // gloox sends the first presence itself.
  void onConnect() override {
    for (const auto &contact : contacts) {
      client.send(gloox::Message(gloox::Message::Chat, contact, "hello from " + user));
    }
  }

  void onDisconnect(gloox::ConnectionError error) override {
    std::cout << "over: connection error " << error << ", stream error " << client.streamError()
              << ", authentication error " << client.authError() << std::endl;
  }

  // It calls with a report in any case; what it has found wrong must be nothing.
  bool onTLSConnect(const gloox::CertInfo &certificate) override {
    if (certificate.status != gloox::CertOk) {
      std::cout << "certificate: " << certificate.status << std::endl;
    }
    return certificate.status == gloox::CertOk;
  }

  void handleMessage(const gloox::Message &message, gloox::MessageSession *) override {
    if (!message.body().empty()) {
      std::cout << "message " << message.from().bare() << " " << message.body() << std::endl;
    }
  }

  void handlePresence(const gloox::Presence &presence) override {
    if (presence.subtype() == gloox::Presence::Available) {
      std::cout << "presence " << presence.from().bare() << std::endl;
    }
  }
};

int main(int count, char **arguments) {
  if (count < 7) return 2;
  const std::string host = arguments[1], how = arguments[3], user = arguments[5];
  const int port = std::atoi(arguments[2]);
  gloox::JID jid(user);
  jid.setResource("gloox");
  gloox::Client client(jid, arguments[6], port);
  Listener listener(client, user, std::vector<std::string>(arguments + 7, arguments + count));
  client.registerConnectionListener(&listener);
  client.registerMessageHandler(&listener);
  client.registerPresenceHandler(&listener);
  // Not setServer: the certificate would have to name the address.
  auto *tcp = new gloox::ConnectionTCPClient(&client, client.logInstance(), host, port);
  if (how == "directtls") {
    auto *tls = new gloox::ConnectionTLS(&client, tcp, client.logInstance());
    tls->setCACerts({arguments[4]});
    client.setConnectionImpl(tls);
    client.setTls(gloox::TLSDisabled);
  } else {
    client.setConnectionImpl(tcp);
    // Client::setCACerts comes too late for STARTTLS.
    auto *tls = new gloox::TLSDefault(&client, jid.server());
    tls->init("", "", {});
    tls->setCACerts({arguments[4]});
    client.setEncryptionImpl(tls);
    client.setTls(gloox::TLSRequired);
  }
  client.connect();
  return 1;
}
