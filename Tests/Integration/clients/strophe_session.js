// A session of Strophe.js, in Node.js and in a browser. What it does and prints: README.md.

// `print(line)` is called for each line; `ended()` when the library gives up.
function startSession({ Strophe, $pres, $msg }, { service, user, password, contacts }, print, ended) {
  const connection = new Strophe.Connection(service);
  connection.rawInput = (text) => print(`<< ${text}`);
  connection.rawOutput = (text) => print(`>> ${text}`);

  const bare = (stanza) => Strophe.getBareJidFromJid(stanza.getAttribute("from"));
  const onMessage = (stanza) => {
    const body = stanza.getElementsByTagName("body").item(0);
    if (body) print(`message ${bare(stanza)} ${Strophe.xmlunescape(Strophe.getText(body))}`);
    return true;
  };
  const onPresence = (stanza) => {
    if (!stanza.getAttribute("type")) print(`presence ${bare(stanza)}`);
    return true;
  };

  const names = Object.fromEntries(Object.entries(Strophe.Status).map(([name, value]) => [value, name]));
  connection.connect(user, password, (status, why) => {
    print(`status ${names[status]}${why ? ` ${why}` : ""}`);
    if (status === Strophe.Status.CONNECTED) {
      connection.addHandler(onMessage, null, "message");
      connection.addHandler(onPresence, null, "presence");
      connection.send($pres());
      for (const to of contacts) {
        connection.send($msg({ to, type: "chat" }).c("body").t(`hello from ${user}`));
      }
    } else if (status === Strophe.Status.DISCONNECTED || status === Strophe.Status.CONNFAIL) {
      ended();
    }
  });
}

if (typeof module !== "undefined") module.exports = startSession;
