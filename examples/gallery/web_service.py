"""A web service that backs up in the background (FastAPI). HOLDFAST_PLACE=… HOLDFAST_PASSWORD=… uvicorn web_service:app"""

import asyncio
import contextlib
import os
import pathlib

import fastapi
import holdfast


class Backups:
    """One backup at a time, beside the requests."""

    def __init__(self, place, password):
        enter = holdfast.open if pathlib.Path(place).exists() else holdfast.create
        self.repo = enter(place, password=password)
        self.task = None
        self.line = "idle"

    async def run(self, source):
        try:
            async for event in (work := self.repo.abackup(source)):
                self.line = str(event)
            backup = await work
            await self.repo.averify(backup, level="full")
            self.line = f"{backup} is verified"
        except holdfast.Error as error:
            self.line = f"failed: {error}"

    def start(self, source):
        if self.task is not None and not self.task.done():
            raise fastapi.HTTPException(409, "a backup runs already")
        self.task = asyncio.create_task(self.run(source))

    async def close(self):
        if self.task is not None:
            self.task.cancel()  # ends the backup, too; nothing of it is left
            await asyncio.wait([self.task])
        self.repo.close()


@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.backups = await asyncio.to_thread(Backups, os.environ["HOLDFAST_PLACE"], os.environ["HOLDFAST_PASSWORD"])
    try:
        yield
    finally:
        await app.state.backups.close()


app = fastapi.FastAPI(lifespan=lifespan)


@app.post("/backups", status_code=202)
async def start():
    app.state.backups.start(os.environ.get("HOLDFAST_SOURCE", "postgresql:///"))


@app.get("/backups")
async def listing():
    found = await asyncio.to_thread(app.state.backups.repo.backups)
    return [{"id": each.id, "time": each.time, "level": each.level} for each in found]


@app.get("/backups/state")
async def state():
    return {"state": app.state.backups.line}
