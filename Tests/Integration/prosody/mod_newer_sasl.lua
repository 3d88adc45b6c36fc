-- What newer servers do at a login and Debian's Prosody 0.12 does not. The mechanisms are Prosody's own.
--
--   newer_sasl_bindings: types of channel binding for SCRAM-*-PLUS besides tls-unique, as Prosody 13 has them:
--     "tls-exporter" (RFC 9266), "tls-server-end-point" (RFC 5929). Clients are told the types (XEP-0440).
--   newer_sasl_end_point: hex SHA-256 of the certificate that clients see; by default the host's own is read.
--   newer_sasl_downgrade: "0474", the hash of what was offered (XEP-0474, 0.5.0) in SCRAM's first answer; or "0515", the
--     TLS version, too (XEP-0515, 0.1.0).
local base64 = require "util.encodings".base64.encode;
local filters = require "util.filters";
local hashes = require "util.hashes";
local hex = require "util.hex";
local sasl = require "util.sasl";
local set = require "util.set";
local st = require "util.stanza";
local x509 = require "util.x509";

local bindings = module:get_option_set("newer_sasl_bindings", {});
local end_point = module:get_option_string("newer_sasl_end_point");
local downgrade = module:get_option_string("newer_sasl_downgrade");
local disabled = module:get_option_set("disable_sasl_mechanisms", { "DIGEST-MD5" });
local insecure = module:get_option_boolean("allow_unencrypted_plain_auth", false) and set.new()
	or set.new { "PLAIN", "LOGIN" };

local hash_of = {
	["SCRAM-SHA-1"] = hashes.sha1; ["SCRAM-SHA-1-PLUS"] = hashes.sha1;
	["SCRAM-SHA-256"] = hashes.sha256; ["SCRAM-SHA-256-PLUS"] = hashes.sha256;
};
local number_of = { ["TLSv1.2"] = "0303"; ["TLSv1.3"] = "0304" };

-- The same mechanisms once more: the types that they may be used with become more.
require "util.sasl.scram".init(function (name, backends, process, types)
	if types then
		sasl.registerMechanism(name, backends, process,
			{ "tls-unique", "tls-exporter", "tls-server-end-point" });
	end
end);

local function certificate_hash()
	if end_point then return hex.from(end_point); end
	local file = assert(io.open(module:get_option("ssl").certificate));
	local pem = file:read("*a");
	file:close();
	return hashes.sha256((x509.pem2der(pem)));
end

local function bind(handler, session)
	if not session.encrypted then return; end
	local socket = session.conn:socket();
	if bindings:contains("tls-exporter") and socket:info().protocol == "TLSv1.3" then
		handler:add_cb_handler("tls-exporter", function ()
			return socket:exportkeyingmaterial("EXPORTER-Channel-Binding", 32, "");
		end);
	end
	if bindings:contains("tls-server-end-point") then
		handler:add_cb_handler("tls-server-end-point", certificate_hash);
	end
end

local function sorted(...)
	local list = {};
	for item in ... do list[#list + 1] = item; end
	table.sort(list);
	return list;
end

local function attributes(handler, session)
	local offered = set.new();
	for name in pairs(handler:mechanisms()) do offered:add(name); end
	offered = offered - disabled;
	if not session.secure then offered = offered - insecure; end
	local text = table.concat(sorted(offered:items()), "\30");
	if handler.profile.cb and not bindings:empty() then
		text = text.."\31"..table.concat(sorted(pairs(handler.profile.cb)), "\30");
	end
	local found = ",h="..base64(hash_of[handler.selected](text));
	if downgrade == "0515" and session.encrypted then
		found = found..",t="..number_of[session.conn:socket():info().protocol];
	end
	return found;
end

local function protect(handler, session)
	local process = handler.process;
	function handler:process(message)
		local status, answer, text = process(self, message);
		if status == "challenge" and hash_of[self.selected] then
			answer = answer..attributes(self, session);
			-- Both sides sign it.
			self.state.server_first_message = answer;
		end
		return status, answer, text;
	end
end

-- The host has its users before its first stream, but perhaps not before this module.
local function extend()
	local users = prosody.hosts[module.host].users;
	local get_sasl_handler = users.get_sasl_handler;
	function users.get_sasl_handler(session)
		local handler = get_sasl_handler(session);
		bind(handler, session);
		if downgrade then protect(handler, session); end
		return handler;
	end
	extend = function () end;
end

-- What Debian's mod_sasl2 and mod_sasl2_fast want of a newer Prosody: times that are no whole seconds, an attribute of a
-- child, the address in the stream's header, and what a connection's TLS is.
local datetime = require "util.datetime";
local of_whole_seconds = datetime.datetime;
function datetime.datetime(time)
	return of_whole_seconds(time and math.floor(time));
end

function st.stanza_mt.__index:get_child_attr(name, namespace, attribute)
	local child = self:get_child(name, namespace);
	return child and child.attr[attribute];
end

filters.add_filter_hook(function (session)
	filters.add_filter(session, "bytes/in", function (data)
		session.stream_from = data:match("<stream:stream[^>]* from=['\"]([^'\"]+)") or session.stream_from;
		return data;
	end);
end);

local function ssl_info(conn)
	local socket = conn:socket();
	return socket.info and socket:info();
end

module:hook("stream-features", function (event)
	extend();
	event.stream = event.stream or { from = event.origin.stream_from };
	event.origin.conn.ssl_info = event.origin.conn.ssl_info or ssl_info;
end, 1000);

module:hook("stream-features", function (event)
	local handler = not event.origin.username and event.origin.sasl_handler;
	if bindings:empty() or not handler or not handler.profile.cb then return; end
	local told = st.stanza("sasl-channel-binding", { xmlns = "urn:xmpp:sasl-cb:0" });
	for _, name in ipairs(sorted(pairs(handler.profile.cb))) do
		told:tag("channel-binding", { type = name }):up();
	end
	event.features:add_direct_child(told);
end, -1);
