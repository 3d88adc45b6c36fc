// QXmpp. Arguments, and what it does and prints: README.md.

#include <QCoreApplication>
#include <QSslCertificate>
#include <QSslError>
#include <QXmppClient.h>
#include <QXmppConfiguration.h>
#include <QXmppMessage.h>
#include <QXmppPresence.h>
#include <QXmppUtils.h>

#include <iostream>

int main(int count, char **values) {
  QCoreApplication application(count, values);
  const QStringList arguments = application.arguments();
  if (arguments.size() < 7) return 2;
  const QString user = arguments[5];
  QXmppConfiguration configuration;
  configuration.setHost(arguments[1]);
  configuration.setPort(arguments[2].toInt());
  configuration.setJid(user);
  configuration.setPassword(arguments[6]);
  configuration.setResource("qxmpp");
  configuration.setCaCertificates(QSslCertificate::fromPath(arguments[4]));
  configuration.setIgnoreSslErrors(false);
  configuration.setStreamSecurityMode(
      arguments[3] == "starttls" ? QXmppConfiguration::TLSRequired : QXmppConfiguration::LegacySSL);

  QXmppClient client;
  QObject::connect(&client, &QXmppClient::connected, [&] {
    for (const QString &contact : arguments.mid(7)) {
      client.sendMessage(contact, "hello from " + user);
    }
  });
  QObject::connect(&client, &QXmppClient::messageReceived, [](const QXmppMessage &message) {
    if (message.body().isEmpty()) return;
    std::cout << "message " << QXmppUtils::jidToBareJid(message.from()).toStdString() << " "
              << message.body().toStdString() << std::endl;
  });
  QObject::connect(&client, &QXmppClient::presenceReceived, [](const QXmppPresence &presence) {
    if (presence.type() != QXmppPresence::Available) return;
    std::cout << "presence " << QXmppUtils::jidToBareJid(presence.from()).toStdString()
              << std::endl;
  });
  QObject::connect(&client, &QXmppClient::sslErrors, [](const QList<QSslError> &errors) {
    for (const QSslError &error : errors) {
      std::cout << "certificate: " << error.errorString().toStdString() << std::endl;
    }
  });
  QObject::connect(&client, &QXmppClient::error, [](QXmppClient::Error error) {
    std::cout << "error " << error << std::endl;
  });
  client.connectToServer(configuration);
  return application.exec();
}
