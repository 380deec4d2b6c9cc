// Compiled, not run: index.d.ts describes what hosts write.
import { HoldfastError, ObjectInfo, Repository, Source, Storage } from 'holdfast';
import { createWriteStream } from 'node:fs';

const storage: Storage = {
  uri: 'shelf:',
  create: async () => ({ write: async (bytes: Uint8Array) => void bytes.length, commit() {} }),
  open: async (name, offset, length) => Buffer.from(name).subarray(offset, offset + length),
  stat: () => ({ size: 1, modified: new Date() }),
  async *list(prefix): AsyncGenerator<ObjectInfo> {
    yield { name: prefix, size: 1 };
  },
  remove: async () => {},
};

const source: Source = {
  describe: async () => ({ uri: 'app:notes', name: 'notes' }),
  async backup(out, { signal, warn }) {
    if (signal.aborted) warn('odd', 'a');
    (await out.create('a', { options: { 'entry.attribute.by': 'me' } })).end('text');
  },
};

export async function host(signal: AbortSignal): Promise<number> {
  const repository = await Repository.createOn(storage, { key: new Uint8Array(32), signal });
  const job = repository.backup(source, { signal, onProgress: ({ bytesDone }) => bytesDone });
  for await (const event of job) if (event.kind === 'warning') console.log(event.object);
  const backup = await job;
  const report = await repository.verify(backup.id, { options: { 'verify.level': 'restore' } });
  const level: 'content-equal' | undefined = report.proof?.level === 'content-equal' ? 'content-equal' : undefined;
  await repository.export('latest', 0, createWriteStream('/dev/null'));
  const session = await repository.begin();
  await (await session.addSource('app:notes', 'notes').create('a')).abort();
  const view = await repository.view('latest');
  for await (const chunk of await view.read(0, view.entries[0].name)) console.log(chunk, level);
  try {
    await repository.expire({ options: { 'expire.keep_daily': 7 } });
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'cancelled') return 0;
  }
  // @ts-expect-error: an option can't be an object
  await repository.verify('latest', { options: { 'verify.level': {} } });
  // @ts-expect-error: there is no such code
  new HoldfastError('odd', 'no_such_code');
  // @ts-expect-error: a backup's time may be unknown
  return backup.time.getTime();
}
