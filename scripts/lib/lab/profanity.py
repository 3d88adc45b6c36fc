"""Profanity, a real terminal client that follows redirects by itself."""

import os

from .certificates import Authority
from .place import Place
from .terminal import Terminal

# Profanity follows a redirect only with a saved account.
ACCOUNTS = """[{user}]
enabled=true
jid={user}
server={host}
port={port}
resource=profanity
password={password}
tls.policy={policy}
"""

PREFERENCES = """[connection]
tls.certpath={trusted}

[notifications]
message=false
"""


class Profanity(Terminal):
    """One client with one account. `policy`: `force` is STARTTLS, `legacy` is direct TLS (0.13's word for it)."""

    def __init__(self, place: Place, user: str, password: str, port: int, policy: str,
                 authority: Authority, host: str = "127.0.0.1"):
        name = f"profanity-{user.split('@')[0]}-{policy}"
        super().__init__(place, name)
        place.file(f"{name}/data/profanity/accounts", ACCOUNTS.format(
            user=user, host=host, port=port, password=password, policy=policy))
        place.file(f"{name}/config/profanity/profrc",
                   PREFERENCES.format(trusted=authority.root_directory))
        self._user = user

    def start(self) -> "Profanity":
        self.open(f"profanity --log DEBUG --account {self._user}", {
            "XDG_CONFIG_HOME": f"{self.folder}/config",
            "XDG_DATA_HOME": f"{self.folder}/data",
        })
        return self

    @property
    def log(self) -> str:
        logs = os.path.join(self.folder, "data/profanity/logs")
        text = ""
        for name in sorted(os.listdir(logs)) if os.path.isdir(logs) else []:
            path = os.path.join(logs, name)
            if os.path.isfile(path):
                with open(path, errors="replace") as file:
                    text += file.read()
        return text
