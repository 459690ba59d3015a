"""A mail server that counts changes (CONDSTORE, RFC 7162), which pymap does not: only what changed is asked for."""

import asyncio
from dataclasses import dataclass, field

import pytest

from tests.peers.tcp import peer
from tests.services.email.conftest import Desk, server
from tests.services.email.letters import letter

pytestmark = pytest.mark.anyio


@dataclass
class Counting:
    """Three messages and a number that rises with each change; notes what it is asked."""

    mod_seq: int = 5
    seen: dict[int, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak as much IMAP as is needed."""
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode():
            tag, command = line.split(maxsplit=1)
            self.asked.append(command.strip())
            for part in self.answers(command):
                writer.write(part)
            writer.write(f"{tag} OK done\r\n".encode())
            await writer.drain()

    def answers(self, command: str) -> list[bytes]:
        """Return what comes before the end of an answer."""
        uids = range(1, 4)
        if command.startswith("CAPABILITY"):
            return [b"* CAPABILITY IMAP4rev1 CONDSTORE\r\n"]
        if command.startswith(("SELECT", "EXAMINE")):
            counted = f"* OK [HIGHESTMODSEQ {self.mod_seq}] x\r\n".encode()
            return [b"* 3 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 4] x\r\n", counted]
        if "SEARCH" in command and "MODSEQ" in command:
            since = int(command.split("MODSEQ")[1].split(maxsplit=1)[0].strip('"'))
            found = [str(uid) for uid, changed in self.seen.items() if changed >= since]
            return [f"* SEARCH {' '.join(found)} (MODSEQ {self.mod_seq})\r\n".encode()]
        if "SEARCH" in command:
            return [b"* SEARCH 1 2 3\r\n"]
        if "BODY.PEEK" in command:
            raw = {uid: letter(uid) for uid in uids}
            return [
                f"* {uid} FETCH (UID {uid} BODY[] {{{len(raw[uid])}}}\r\n".encode() + raw[uid] + b")\r\n"
                for uid in uids
            ]
        if "FETCH" in command:
            wanted = [int(uid) for uid in command.split()[2].split(",")]
            date = 'INTERNALDATE "01-Jan-2026 00:00:00 +0000"'
            flags = {uid: r"\Seen" if uid in self.seen else "" for uid in wanted}
            return [
                f"* {uid} FETCH (UID {uid} FLAGS ({flags[uid]}) RFC822.SIZE 400 {date})\r\n".encode() for uid in wanted
            ]
        return []


async def test_only_what_changed_is_asked_for(desk: Desk) -> None:
    counting = Counting()
    async with peer(counting.serve) as there:
        account = await desk.open_account(imap=server(there.port))
        assert (await desk.sync(account))["new"] == 3
        counting.asked.clear()
        assert (await desk.sync(account))["changed"] == 0
        assert not [command for command in counting.asked if "FETCH" in command]
        counting.mod_seq, counting.seen = 9, {2: 7}
        counting.asked.clear()
        assert (await desk.sync(account))["changed"] == 1
        assert [command.split()[2] for command in counting.asked if "FETCH" in command] == ["2"]
        assert [item["subject"] for item in await desk.messages(seen=True)] == ["Letter 2"]
        counting.asked.clear()
        assert (await desk.sync(account))["changed"] == 0
        assert not [command for command in counting.asked if "FETCH" in command]
