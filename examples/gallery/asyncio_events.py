"""asyncio: two backups at once, their events beside the loop's other work. asyncio_events.py EMPTY-DIRECTORY."""

import asyncio
import pathlib
import sys

import holdfast


async def watched(repo, name, source):
    """Leaving the block early, by an exception or because this task is cancelled, cancels the backup."""
    async with repo.abackup(source, tags={"series": name}) as work:
        async for event in work:
            if event.record is not None:  # it begins, or ends
                print(f"{name}: {event}")
        return await work


async def main(place):
    with holdfast.create(place / "repository", password="correct horse") as repo:
        async with asyncio.timeout(600), asyncio.TaskGroup() as group:
            tasks = [group.create_task(watched(repo, name, f"exec:seq 1 {count}")) for name, count in (("small", 10), ("large", 100_000))]
        for task in tasks:
            await repo.averify(task.result(), level="full")
        print(len(repo.backups()), "backups verified")


if __name__ == "__main__":
    asyncio.run(main(pathlib.Path(sys.argv[1])))
