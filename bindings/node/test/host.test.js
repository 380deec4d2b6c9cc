// What a host of the library must be able to do.
'use strict';

const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { randomBytes } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { PassThrough, Readable, Writable } = require('node:stream');
const { buffer, text } = require('node:stream/consumers');
const { pipeline } = require('node:stream/promises');
const test = require('node:test');

const { HoldfastError, Repository, version } = require('holdfast');
const { Shelf, failure, notes } = require('./shelf');

const key = Buffer.alloc(32, 7); // quick to use: a password costs 100 ms

function folder(t) {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-node-'));
  t.after(() => removed(place));
  return place;
}

/** What a Worker left behind may still write into it. */
async function removed(place) {
  for (;;) {
    try {
      return fs.rmSync(place, { recursive: true });
    } catch (error) {
      if (error.code !== 'ENOTEMPTY') throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

async function repository(t) {
  const made = await Repository.create(path.join(folder(t), 'repository'), { key });
  t.after(() => made.close());
  return made;
}

function fails(promise, code, more = {}) {
  return assert.rejects(promise, (error) => {
    assert.ok(error instanceof HoldfastError, error);
    assert.deepEqual({ code: error.code, ...more }, { code, ...Object.fromEntries(Object.keys(more).map((name) => [name, error[name]])) });
    assert.ok(error.message);
    return true;
  });
}

test('backs up, proves, restores and expires', async (t) => {
  const repo = await repository(t);
  const place = folder(t);
  fs.mkdirSync(path.join(place, 'data'));
  fs.writeFileSync(path.join(place, 'data', 'note'), 'remember');
  const backup = await repo.backup(`dir://${place}/data`, { options: { 'backup.tag.env': 'test' } });
  assert.equal(backup.tags.env, 'test');
  assert.equal(backup.sources[0].driver, 'files');
  assert.ok(Date.now() - backup.time < 3_600_000 && backup.damage === null);
  const report = await repo.verify('latest', { options: { 'verify.level': 'restore' } });
  assert.ok(report.ok);
  assert.equal(report.proof.level, 'content-equal');
  const found = await repo.find(backup.id);
  assert.ok(found.level === 'content-equal' && found.proven instanceof Date);
  const restored = await repo.restore(backup.id, `dir://${place}/restored`);
  assert.equal(fs.readFileSync(path.join(place, 'restored', 'note'), 'utf8'), 'remember');
  assert.ok(restored.where && restored.entries > 0 && restored.leftOut.length === 0);
  const all = await repo.verifyAll({ options: { 'verify.level': 'full' } });
  assert.ok(all.length === 2 && all.every((each) => each.ok));
  const settings = { options: { 'expire.keep_last': 1 } };
  const plan = await repo.expire(settings);
  assert.deepEqual(plan.decisions, (await repo.plan(settings)).decisions);
  assert.ok(plan.removed === 0 && plan.decisions[0].action === 'keep' && plan.freedBytes === 0);
  await repo.remove(backup.id);
  assert.deepEqual(await repo.backups(), []);
  assert.equal((await repo.collectGarbage({ options: { 'gc.grace': 0 } })).backups, 1);
});

test('progress and events are told, and the event loop goes on', async (t) => {
  const repo = await repository(t);
  let last;
  let ticks = 0;
  const clock = setInterval(() => ++ticks, 5);
  const job = repo.backup('exec:sh -c "sleep 0.2; seq 1 200000"', { onProgress: (progress) => (last = progress) });
  assert.ok(job instanceof Promise);
  const kinds = new Set();
  for await (const event of job) {
    kinds.add(event.kind);
    if (event.kind === 'ended') assert.equal(event.record.outcome, 'succeeded');
  }
  clearInterval(clock);
  assert.ok(kinds.has('begun') && kinds.has('ended'), [...kinds]);
  assert.deepEqual([last.bytesDone, last.entriesDone], [1288895, 1]);
  assert.ok(last.bytesStored > 0 && ticks > 5);
  assert.equal((await job).sizeBytes, 1288895);
});

test('a failure that nobody waits for is not lost', (t) => {
  const program = `require(${JSON.stringify(require.resolve('holdfast'))}).Repository.create(process.env.PLACE, { encryption: 'none' })
    .then((repo) => void repo.backup('exec:false'))`;
  const env = { ...process.env, PLACE: path.join(folder(t), 'r') };
  const done = spawnSync(process.execPath, ['-e', program], { env, encoding: 'utf8' });
  assert.equal(done.status, 1);
  assert.match(done.stderr, /HoldfastError: .*false/);
});

test('a process may end in the middle', (t) => {
  const program = `
    const { notes } = require(${JSON.stringify(path.join(__dirname, 'shelf.js'))});
    require(${JSON.stringify(require.resolve('holdfast'))}).Repository.create(process.env.PLACE, { encryption: 'none' }).then((repo) => {
      repo.backup('exec:yes');
      repo.backup(notes({}, () => { setTimeout(() => process.exit(7), 50); return new Promise(() => {}); }));
    });`;
  const env = { ...process.env, PLACE: path.join(folder(t), 'r') };
  assert.equal(spawnSync(process.execPath, ['-e', program], { env }).status, 7);
});

test('a signal ends calls', async (t) => {
  const repo = await repository(t);
  const control = new AbortController();
  const endless = repo.backup('exec:yes', { signal: control.signal, onProgress: ({ bytesDone }) => bytesDone && control.abort('enough') });
  await fails(endless, 'cancelled', { cause: 'enough' });
  await fails(repo.backup('exec:yes', { signal: control.signal }), 'cancelled', { cause: 'enough' });
  await fails(repo.backups({ signal: control.signal }), 'cancelled');
  await fails(repo.backup('exec:sleep 1000', { signal: AbortSignal.timeout(50) }), 'cancelled');
  const loop = repo.backup('exec:yes', { signal: AbortSignal.timeout(50) });
  await fails((async () => { for await (const event of loop) event.kind; })(), 'cancelled');
  assert.deepEqual(await repo.backups(), []);
});

test('callbacks that throw end the operation', async (t) => {
  const repo = await repository(t);
  const oh = new Error('oh');
  await assert.rejects(repo.backup('exec:yes', { onProgress: () => { throw oh; } }), oh);
  await assert.rejects(repo.backup('exec:yes', { onEvent: () => { throw oh; } }), oh);
  assert.deepEqual(await repo.backups(), []);
});

test('errors have codes', async (t) => {
  const place = path.join(folder(t), 'r');
  await fails(Repository.open(place, { key }), 'not_found');
  await fails(Repository.create(place), 'invalid_argument');
  await fails(Repository.create(place, { password: '' }), 'invalid_argument');
  const repo = await Repository.create(place, { password: 'correct horse' });
  await fails(Repository.create(place, { key }), 'already_exists');
  await fails(Repository.open(place, { password: 'wrong' }), 'wrong_key', { retryable: false });
  for (const [name, value] of [['backup.keep_last', 1], ['limits.jobs', 'many'], ['limits.jobs', 2 ** 40], ['backup.compression', 'zip']]) {
    await fails(repo.backup('exec:true', { options: { [name]: value } }), 'invalid_argument');
  }
  for (const value of [1.5, null, {}, 'a\0b']) await assert.rejects(async () => repo.backup('exec:true', { options: { 'gc.grace': value } }), TypeError);
  await assert.rejects(repo.find('a\0b'), TypeError);
  await assert.rejects(repo.find(7), TypeError);
  await fails(repo.backup('exec:false'), 'source');
  assert.deepEqual(await repo.backups(), []);
  await repo.close();
  await repo.close();
  await fails(repo.backups(), 'invalid_state');
  assert.ok(version());
  const plain = await Repository.create(`${place}-plain`, { encryption: 'none' });
  assert.ok(!plain.isEncrypted && plain.uri.endsWith('-plain'));
  await plain.close();
});

test('a source of one\'s own', async (t) => {
  const repo = await repository(t);
  const mine = new Error('mine');
  await fails(repo.backup(notes({ a: '1' }, () => { throw mine; })), 'io', { cause: mine });
  await fails(repo.backup(notes({}, async (out) => void (await out.create('forgotten')))), 'invalid_state');
  await fails(repo.backup(notes({}, () => { throw new HoldfastError('who are you', 'unauthenticated'); })), 'unauthenticated');
  await fails(repo.backup({ describe: () => ({ uri: 'a\0b', name: '' }) }), 'internal');
  for (const odd of [Object.create(null), undefined, Symbol('odd'), 7]) await fails(repo.backup(notes({}, () => { throw odd; })), 'io');
  assert.deepEqual(await repo.backups(), []);
  const events = [];
  const time = new Date(86_400_000);
  const good = notes({ a: '1', 'b/c': 'two', large: 'x'.repeat(3_000_000) }, async (out, context) => {
    out.note('by', 'me');
    out.setSnapshotTime(time);
    context.warn('odd', 'a');
    context.log('done');
    await pipeline(Readable.from([Buffer.from('piped')]), await out.create('piped', { options: { 'entry.attribute.more': 'yes' } }));
  });
  const backup = await repo.backup(good, { onEvent: (event) => events.push(event) });
  assert.deepEqual([backup.entries, backup.sizeBytes], [4, 3_000_009]);
  assert.deepEqual([backup.sources[0].uri, backup.sources[0].notes.by, backup.sources[0].instant], ['app:notes', 'me', time]);
  assert.ok(events.some(({ kind, object }) => kind === 'warning' && object === 'a'));
  const view = await repo.view('latest');
  assert.equal(view.entries.find(({ name }) => name === 'piped').attributes.more, 'yes');
  assert.equal(await text(await view.read(0, 'b/c')), 'two');
  const large = await view.read(0, 'large');
  await view.close();
  assert.equal((await buffer(large)).length, 3_000_000);
  await fails(view.read(0, 'a'), 'invalid_state');
});

test('a source can stop', async (t) => {
  const repo = await repository(t);
  const control = new AbortController();
  const waits = notes({}, (out, { signal }) => {
    setTimeout(() => control.abort(), 20);
    return new Promise((done, failed) => signal.addEventListener('abort', () => failed(signal.reason)));
  });
  await fails(repo.backup(waits, { signal: control.signal }), 'cancelled');
});

test('a session', async (t) => {
  const repo = await repository(t);
  const session = await repo.begin();
  const entries = session.addSource('app:notes', 'notes');
  const entry = await entries.create('a');
  entry.write('te');
  await fails(session.commit(), 'invalid_state');
  entry.note('by', 'me');
  await new Promise((done) => entry.end('xt', done));
  await assert.rejects(entry.abort(), HoldfastError);
  assert.throws(() => entry.note('too', 'late'), HoldfastError);
  const dropped = await entries.create('b');
  dropped.note('by', 'me');
  dropped.write(randomBytes(30_000_000)); // abort() waits until it is written
  await dropped.abort();
  assert.ok(dropped.destroyed);
  const backup = await session.commit();
  await session.close();
  const view = await repo.view(backup.id);
  assert.deepEqual(view.entries.map(({ name, sizeBytes, attributes }) => [name, sizeBytes, attributes.by]), [['a', 4, 'me']]);
  await fails(view.read(0, 'b'), 'not_found');
  const abandoned = await view.read(0, 'a');
  abandoned.destroy();
  await view.close();
  await (await repo.begin()).close();
  assert.equal((await repo.backups()).length, 1);
});

test('an export is a stream', async (t) => {
  const repo = await repository(t);
  await repo.backup('exec:echo hello');
  const out = new PassThrough();
  await repo.export('latest', 0, out);
  assert.equal(await text(out.end()), 'hello\n');
  const unused = new PassThrough();
  await assert.rejects(repo.export('latest', 0, unused, { options: { 'no.such': 1 } }), HoldfastError);
  assert.equal(unused.listenerCount('error'), 0, 'errors of the stream are the caller\'s');
  const mine = failure('ENOSPC', 'mine');
  await fails(repo.export('latest', 0, new Writable({ write: (chunk, encoding, done) => done(mine) })), 'no_space', { cause: mine });
});

test('a storage of one\'s own, with asynchronous methods', async () => {
  const storage = new Shelf();
  const repo = await Repository.createOn(storage, { key });
  storage.patience = 10_000;
  await Promise.all([repo.backup('exec:seq 1 300000'), repo.backup('exec:seq 1 200000'), repo.backup(notes({ a: 'x'.repeat(5_000_000) }))]);
  assert.ok(storage.busiest > 1, 'methods overlap');
  await repo.close();
  const again = await Repository.openOn(storage, { key });
  assert.equal(again.uri, 'shelf:');
  const full = { options: { 'verify.level': 'full' } };
  assert.ok((await again.verifyAll(full)).every((report) => report.ok));
  for (const [name, { bytes }] of storage.objects) if (name.startsWith('packs/')) bytes[bytes.length >> 1] ^= 1;
  const report = await again.verify('latest', full);
  assert.ok(!report.ok && report.faults.length > 0);
  storage.refuse = () => { throw failure('EACCES'); };
  await fails(again.backup('exec:true'), 'permission_denied');
  storage.refuse = () => { throw new TypeError('oh'); };
  await fails(again.backup('exec:true'), 'internal');
  await again.close();
});

test('a PostgreSQL database is backed up, proven and restored', async (t) => {
  const { HOLDFAST_TEST_POSTGRES: database, HOLDFAST_TEST_POSTGRES_TARGET: target } = process.env;
  if (!database) return t.skip('no HOLDFAST_TEST_POSTGRES');
  const repo = await repository(t);
  const backup = await repo.backup(database);
  const { ok, proof } = await repo.verify(backup.id, { options: { 'verify.level': 'restore' } });
  assert.deepEqual([ok, proof.level, proof.counts.rows], [true, 'content-equal', 1000]);
  const restored = await repo.restore(backup.id, target);
  assert.deepEqual([restored.counts.rows, restored.leftOut], [1000, []]);
});

test('a Worker may end in the middle', async (t) => {
  const { Worker } = require('node:worker_threads');
  const program = `
    const { Repository } = require(${JSON.stringify(require.resolve('holdfast'))});
    const { notes } = require(${JSON.stringify(path.join(__dirname, 'shelf.js'))});
    Repository.create(process.env.PLACE, { key: Buffer.alloc(32, 7) }).then((repo) => {
      repo.backup(notes({}, () => {
        require('node:worker_threads').parentPort.postMessage('waits');
        return new Promise(() => {});
      })).catch(() => {});
    });`;
  const worker = new Worker(program, { eval: true, env: { ...process.env, PLACE: path.join(folder(t), 'r') } });
  await new Promise((done) => worker.once('message', done));
  await worker.terminate();
});
