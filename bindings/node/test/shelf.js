// A storage in memory and a source, as hosts write them.
'use strict';

function failure(code, message = code) {
  return Object.assign(new Error(message), { code });
}

class Shelf {
  uri = 'shelf:';
  objects = new Map();
  busy = 0;
  busiest = 0;
  patience = 0; // milliseconds in which a call waits for a second one
  refuse = () => {};

  /** Takes a moment, as storages do: several calls overlap. */
  async #moment() {
    this.busiest = Math.max(this.busiest, ++this.busy);
    const limit = Date.now() + this.patience;
    do await new Promise(setImmediate); while (this.busiest < 2 && Date.now() < limit);
    --this.busy;
    await this.refuse();
  }

  async create(name) {
    await this.#moment();
    const chunks = [];
    return {
      write: async (bytes) => void chunks.push(bytes),
      commit: () => {
        if (this.objects.has(name)) throw failure('EEXIST');
        this.objects.set(name, { bytes: Buffer.concat(chunks), modified: new Date() });
      },
    };
  }

  #get(name) {
    const object = this.objects.get(name);
    if (!object) throw failure('ENOENT', `no ${name}`);
    return object;
  }

  async open(name, offset, length) {
    await this.#moment();
    const bytes = this.#get(name).bytes.subarray(offset, offset + length);
    return (async function* () {
      for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
    })();
  }

  stat(name) {
    const { bytes, modified } = this.#get(name);
    return { size: bytes.length, modified };
  }

  *list(prefix) {
    for (const [name, { bytes, modified }] of this.objects) if (name.startsWith(prefix)) yield { name, size: bytes.length, modified };
  }

  async remove(name) {
    if (!this.objects.delete(name)) throw failure('ENOENT');
  }
}

/** A source of texts by name; then `end` is called. */
function notes(texts, end = () => {}) {
  return {
    describe: () => ({ uri: 'app:notes', name: 'notes' }),
    async backup(out, context) {
      for (const [name, text] of Object.entries(texts)) {
        const entry = await out.create(name);
        await new Promise((done, failed) => entry.on('error', failed).end(text, done));
      }
      await end(out, context);
    },
  };
}

module.exports = { Shelf, failure, notes };
