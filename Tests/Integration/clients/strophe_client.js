// Strophe.js in Node.js, with Debian's packages for what a browser would have. Arguments: README.md.
const fs = require("fs");
const NodeWebSocket = require("ws");
const { DOMImplementation, DOMParser } = require("@xmldom/xmldom");

const [host, port, how, root, user, password, ...contacts] = process.argv.slice(2);
const domain = user.split("@")[1];

// The name of a URL leads to `host`, as if DNS said so. Its certificate is checked against that name.
const lookup = (_name, options, done) =>
  options.all ? done(null, [{ address: host, family: 4 }]) : done(null, host, 4);

globalThis.WebSocket = class extends NodeWebSocket {
  constructor(url, protocols) {
    super(url, protocols, { lookup, ca: fs.readFileSync(root) });
  }
};
globalThis.window = globalThis;
globalThis.DOMParser = DOMParser;
globalThis.document = { implementation: new DOMImplementation() };

const scheme = how === "websocket" ? "wss" : "ws";
require("./strophe_session.js")(
  require("/usr/share/javascript/strophe/strophe.js"),
  { service: `${scheme}://${domain}:${port}/ws`, user, password, contacts },
  (line) => console.log(line),
  () => process.exit(1),
);
