"""The public DNS on this machine, with the records that a test gives it."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

Records = Mapping[tuple[str, str], Sequence[str]]

# Python runs this before anything else, so that the program under test asks here.
REDIRECTION = """
import dns.resolver
dns.resolver.default_resolver = dns.resolver.Resolver(configure=False)
dns.resolver.default_resolver.nameservers = ["127.0.0.1"]
dns.resolver.default_resolver.port = {port}
"""


@contextmanager
def public_dns(folder: Path, records: Records) -> Iterator[dict[str, str]]:
    """What a program's environment must have to see the records, by name and kind."""

    class Answering(socketserver.DatagramRequestHandler):
        def handle(self) -> None:
            asked = dns.message.from_wire(self.rfile.read())
            [question] = asked.question
            name, kind = question.name.to_text(omit_final_dot=True), question.rdtype
            values = records.get((name, dns.rdatatype.to_text(kind)), [])
            answer = dns.message.make_response(asked)
            answer.flags |= dns.flags.RA
            if values:
                answer.answer.append(dns.rrset.from_text_list(question.name, 60, 1, kind, values))
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.wfile.write(answer.to_wire())

    with socketserver.UDPServer(("127.0.0.1", 0), Answering) as server:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(REDIRECTION.format(port=server.server_address[1]))
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        try:
            yield {"PYTHONPATH": str(folder)}
        finally:
            server.shutdown()
            thread.join()
