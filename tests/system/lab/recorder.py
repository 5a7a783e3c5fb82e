"""A wire tap on the proxy host: a forwarder between the client and a proxy that keeps what went over
it, whole, direction by direction."""

import asyncio
import threading

from . import addresses as at

PATIENCE = 10  # s that connections are waited for at the end
BACKLOG = 1024


class Recording:
    """What one connection carried."""

    def __init__(self):
        self.up, self.down = bytearray(), bytearray()


class Recorder:
    """A context: listens where a Rogue does, and forwards to HOST:PORT."""

    def __init__(self, client, proxy):
        self.namespace = client.lab.proxy
        self.proxy = proxy.rsplit(":", 1)
        self.where = f"{at.PROXY4}:{at.PORT_ROGUE}"
        self.recordings, self.failures = [], []
        self.tasks = set()  # asyncio itself forgets those whose streams nobody else holds
        self.started = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.namespace.call, args=(self.run,))
        self.thread.start()
        assert self.started.wait(PATIENCE), "the recorder did not start"
        return self

    def __exit__(self, error, *_):
        self.loop.call_soon_threadsafe(self.stopping.set)
        self.thread.join(2 * PATIENCE)
        assert error or not self.failures, self.failures[:3]

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        self.loop, self.stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(
            self.accept, at.PROXY4, at.PORT_ROGUE, backlog=BACKLOG
        )
        self.started.set()
        async with server:
            await self.stopping.wait()
            for _ in range(PATIENCE * 100):
                if not self.tasks:
                    break
                await asyncio.sleep(0.01)

    async def accept(self, reader, writer):
        recording = Recording()
        self.recordings.append(recording)
        self.tasks.add(asyncio.current_task())
        try:
            far_reader, far_writer = await asyncio.open_connection(*self.proxy)
            await asyncio.gather(
                self.forward(reader, far_writer, recording.up),
                self.forward(far_reader, writer, recording.down),
            )
            far_writer.close()
        except OSError as error:
            self.failures.append(repr(error))
        finally:
            writer.close()
            self.tasks.discard(asyncio.current_task())

    async def forward(self, reader, writer, kept):
        while data := await reader.read(65536):
            kept += data
            writer.write(data)
            await writer.drain()
        if not writer.is_closing():
            writer.write_eof()
