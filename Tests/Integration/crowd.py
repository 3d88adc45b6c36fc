"""Everybody of a deployment, each with a client of their own."""

import asyncio

from deployment import LISTENER_OF, Deployment
from lab.ejabberd import PASSWORD
from member import Member, trust_only

# So many log in at the same time: more do not make it faster on two cores.
AT_ONCE = 12

SECONDS = 180.0


class Crowd:
    """The event loop runs only inside `run`; between calls what comes waits in the sockets."""

    def __init__(self, deployment: Deployment):
        self.deployment = deployment
        self._runner = asyncio.Runner()
        self._trust = trust_only(deployment.authority.root)
        self._database: str | None = None
        self.members = {user: Member(user, PASSWORD, self._trust) for user in deployment.rosters}

    def run(self, coroutine, seconds: float = SECONDS):
        return self._runner.run(asyncio.wait_for(coroutine, seconds))

    def another(self, user: str, plugins: tuple[str, ...], resource: str) -> Member:
        """One more client of a user."""
        return Member(user, PASSWORD, self._trust, plugins, resource)

    def come(self, database: str):
        """Everybody is logged in as the map of `database` says, with their presence told."""
        if database == self._database:
            return
        self.go()
        if self.deployment.database_served != database:
            self.deployment.publish(database)
        self.run(self._each(self.log_in))
        self._database = database
        self.announce("came")

    def come_again(self, users: list[str], seconds: float = 60) -> int:
        """These log in anew, and try again when it fails, as people do; how often it failed."""
        failures = 0

        async def insist(member: Member):
            nonlocal failures
            await member.log_out()
            while True:
                try:
                    return await self.log_in(member)
                except ConnectionError:
                    failures += 1
                    # Not at once: the node that a client was sent to may just have died.
                    await asyncio.sleep(0.5)

        self.run(self._each(insist, users), seconds)
        return failures

    def go(self):
        """Nobody is logged in."""
        self._database = None
        self.run(self._each(Member.log_out))

    @staticmethod
    def how(user: str) -> str:
        """Every third user comes by direct TLS."""
        return "directtls" if int(user[1:4]) % 3 == 0 else "starttls"

    async def log_in(self, member: Member):
        """Through the balancer, one of the edges, and where that one says."""
        how = self.how(member.user)
        port = self.deployment.balancer.ports[LISTENER_OF[how]]
        await member.log_in("127.0.0.1", port, how)

    async def _each(self, action, users=None):
        """`action(member)` for all, or for these users."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(member):
            async with gate:
                await action(member)

        async with asyncio.TaskGroup() as group:
            for user in users or self.members:
                group.create_task(one(self.members[user]))

    def announce(self, status: str, show: str | None = None):
        """Everybody sends a presence; returns when everybody has that of all their contacts."""
        self.run(self._announce(status, show))

    async def _announce(self, status: str, show: str | None):
        for member in self.members.values():
            member.forget()
        for member in self.members.values():
            member.announce(status, show)
            # Lets others read what came meanwhile.
            await asyncio.sleep(0)
        for user, member in self.members.items():
            for contact in self.deployment.rosters[user]:
                await member.hear_status(status, contact)

    def close(self):
        self.go()
        self._runner.close()
