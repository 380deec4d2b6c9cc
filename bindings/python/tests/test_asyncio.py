"""Calls for asyncio: results, events, and a cancelled task leaves no work, no backup and no thread."""

import asyncio
import contextvars
import gc
import threading

import holdfast
import pytest
from conftest import KEY
from helpers import Texts, settled, threads

ENDLESS = "exec:cat /dev/zero"


@pytest.fixture(autouse=True)
def nothing_left():
    before = threads()
    yield
    assert settled(threads, before)


class Mine(Exception):
    """An exception that only this test knows."""


class Failing(Texts):
    def backup(self, out):
        raise Mine


def test_each_long_call_can_be_awaited(repo, tmp_path):
    async def main():
        backup = await repo.abackup(Texts(a=b"1" * 1000), tags={"by": "asyncio"})
        assert (await repo.averify(backup, level="full")).ok
        assert [report.id for report in await repo.averify_all()] == ["", backup.id]
        assert (await repo.averify_repository()).ok
        with holdfast.create(tmp_path / "other", key=KEY) as other:
            await repo.acopy(backup, other)
        dumped = await repo.abackup("exec:echo dumped", options={"suffix": ".txt"})
        await repo.aexport(dumped, tmp_path / "dumped")
        await repo.arestore(dumped, f"exec:tee {tmp_path / 'restored'}")
        assert (tmp_path / "restored").read_text() == (tmp_path / "dumped").read_text() == "dumped\n"
        assert len((await repo.aexpire(keep_last=1, per_series=False)).removed) == 1
        await repo.acollect_garbage()
        return backup

    assert asyncio.run(main()).tags == {"by": "asyncio"}


def test_every_call_with_progress_and_cancel_has_its_form_for_asyncio():
    kinds = [holdfast.Repository, holdfast.Notifier, holdfast]
    long = {(kind, name) for kind in kinds for name, value in vars(kind).items()
            if callable(value) and not isinstance(value, type) and hasattr(value, "__code__") and not name.startswith("_")
            and {"progress", "cancel"} <= set(value.__code__.co_varnames[:value.__code__.co_argcount + value.__code__.co_kwonlyargcount])}
    long.discard((holdfast.Repository, "begin"))  # its entries are written by the caller
    assert long and {(kind, name) for kind, name in long if not hasattr(kind, f"a{name}")} == set()


def test_events_are_iterated_and_then_the_result_is_there(repo):
    async def main():
        work = repo.abackup("exec:seq 1 100000")
        kinds = [event.kind async for event in work]
        return kinds, await work

    kinds, backup = asyncio.run(main())
    assert kinds[0] is holdfast.EventKind.BEGUN and kinds[-1] is holdfast.EventKind.ENDED
    assert [each.id for each in repo] == [backup.id]


def test_progress_runs_on_the_thread_of_the_loop_and_its_exception_comes_back(repo):
    heard = []

    def hear(event):
        heard.append(threading.get_ident())
        if event.kind is holdfast.EventKind.PROGRESS:
            raise Mine

    with pytest.raises(Mine):
        asyncio.run(asyncio.wait_for(repo.abackup(ENDLESS, progress=hear), 60))
    assert set(heard) == {threading.get_ident()} and repo.backups() == []


def test_a_failure_leaves_the_await_and_the_iteration_unchanged(repo):
    async def iterated():
        async for _ in repo.abackup(Failing()):
            pass

    for work in (lambda: asyncio.wait_for(repo.abackup(Failing()), 60), iterated):
        with pytest.raises(Mine):
            asyncio.run(work())
    assert repo.backups() == []


async def plain(repo, running):
    await repo.abackup(ENDLESS, progress=lambda event: running.set())


async def iterating(repo, running):
    async for _ in repo.abackup(ENDLESS):
        running.set()


async def elsewhere_in_a_block(repo, running):
    async with repo.abackup(ENDLESS) as work:
        await anext(work)
        running.set()
        await asyncio.sleep(3600)


async def as_a_task_of_its_own(repo, running):
    await asyncio.create_task(repo.abackup(ENDLESS, progress=lambda event: running.set()))


async def under_a_deadline(repo, running):
    async with asyncio.timeout(3600):
        await repo.abackup(ENDLESS, progress=lambda event: running.set())


@pytest.mark.parametrize("wait", [plain, iterating, elsewhere_in_a_block, as_a_task_of_its_own, under_a_deadline])
def test_cancelling_the_task_cancels_the_work_and_waits_for_its_end(repo, wait):
    async def main():
        before = threads()
        running = asyncio.Event()
        task = asyncio.create_task(wait(repo, running))
        await running.wait()
        assert threads() > before
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert settled(threads, before)

    asyncio.run(main())
    assert repo.backups() == []


def test_a_deadline_ends_the_work(repo):
    async def main():
        async with asyncio.timeout(0.3):
            await repo.abackup(ENDLESS)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert repo.backups() == []


def test_one_failure_in_a_group_cancels_the_others(repo):
    async def main():
        async with asyncio.TaskGroup() as group:
            group.create_task(repo.abackup(ENDLESS))
            group.create_task(repo.abackup(Failing()))

    with pytest.raises(ExceptionGroup) as raised:
        asyncio.run(main())
    assert [type(each) for each in raised.value.exceptions] == [Mine] and repo.backups() == []


def test_cancelling_one_task_leaves_the_others_that_share_a_token(repo):
    async def main():
        token = holdfast.CancelToken()
        running = asyncio.Event()
        first = asyncio.create_task(repo.abackup(ENDLESS, cancel=token, progress=lambda event: running.set()))
        second = asyncio.create_task(repo.abackup(ENDLESS, cancel=token))
        await running.wait()
        first.cancel()
        await asyncio.wait([first])
        assert first.cancelled() and not second.done() and not token.cancelled
        token.cancel()
        with pytest.raises(holdfast.Cancelled):
            await second

    asyncio.run(main())


def test_the_loop_runs_on_during_the_work(repo):
    async def main():
        work = asyncio.create_task(repo.abackup("exec:sleep 0.5"))
        turns = 0
        while not work.done():
            await asyncio.sleep(0.001)
            turns += 1
        return turns, await work

    turns, _ = asyncio.run(main())
    assert turns > 10


def test_work_that_is_left_is_cancelled_with_a_warning(repo):
    async def main():
        async for _ in repo.abackup(ENDLESS):
            break
        gc.collect()

    with pytest.warns(ResourceWarning, match="abackup was left while it ran"):
        asyncio.run(main())


def test_work_that_was_never_awaited_warns_and_was_not_begun(repo):
    with pytest.warns(RuntimeWarning, match="abackup was never awaited"):
        repo.abackup(Texts(a=b"1"))
        gc.collect()
    assert repo.backups() == []


def test_a_source_sees_the_context_of_its_caller(repo):
    who = contextvars.ContextVar("who")
    seen = []

    class Asking(Texts):
        def describe(self):
            seen.append(who.get())
            return super().describe()

    async def main():
        who.set("me")
        await repo.abackup(Asking(a=b"1"))

    asyncio.run(main())
    assert seen == ["me"]


def test_a_coroutine_function_is_no_progress(repo):
    async def hear(event):
        pass

    with pytest.raises(holdfast.InvalidArgumentError, match="no coroutine function"):
        repo.backup("exec:true", progress=hear)
