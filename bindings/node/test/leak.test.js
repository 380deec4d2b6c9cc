// Nothing is left behind: open files, threads, memory. In a file of its own, which is a process of its own.
'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { text } = require('node:stream/consumers');
const test = require('node:test');

const { Repository } = require('holdfast');
const { Shelf, notes } = require('./shelf');

const ROUNDS = process.env.HOLDFAST_TESTS_LONG ? 500 : 60;
const key = Buffer.alloc(32, 7);

function used() {
  const count = (place) => fs.readdirSync(place).length;
  return { files: count('/proc/self/fd'), threads: count('/proc/self/task'), memory: process.memoryUsage.rss() };
}

async function once(repo, place, number) {
  const backup = await repo.backup(notes({ a: `${number}` }), { signal: AbortSignal.timeout(60_000) });
  const view = await repo.view(backup.id);
  assert.equal(await text(await view.read(0, 'a')), `${number}`);
  await view.close();
  await assert.rejects(repo.backup('exec:false'));
  await (await Repository.open(place, { key })).close();
  await (await Repository.openOn(shelf, { key })).close();
}

const shelf = new Shelf();

test('nothing is left behind', async (t) => {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-node-'));
  t.after(() => fs.rmSync(place, { recursive: true }));
  const repo = await Repository.create(path.join(place, 'r'), { key });
  await (await Repository.createOn(shelf, { key })).close();
  const peaks = [{}, {}]; // of each half: the library keeps some packs open
  for (let number = 0; number < ROUNDS; ++number) {
    await once(repo, path.join(place, 'r'), number);
    const peak = peaks[number < ROUNDS / 2 ? 0 : 1];
    for (const [name, value] of Object.entries(used())) peak[name] = Math.max(peak[name] ?? 0, value);
  }
  const [early, late] = peaks;
  t.diagnostic(JSON.stringify({ early, late }));
  await repo.close();
  assert.ok(late.files < early.files + Math.max(ROUNDS / 4, 32) && late.threads <= early.threads + 2, JSON.stringify({ early, late }));
  assert.ok(late.memory < 1.5 * early.memory, JSON.stringify({ early, late }));
});
