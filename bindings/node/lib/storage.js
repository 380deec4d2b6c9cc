// Storages that are written in JavaScript, as the library sees them.
'use strict';

const { lend, register, text } = require('./native');
const { microseconds } = require('./options');

const ALL = -1; // as a length

function described({ name, size, modified }) {
  if (!Number.isSafeInteger(size) || size < 0) throw new TypeError(`the size of an object must be an integer, not ${size}`);
  return { name, size, modified: modified ? microseconds(modified) : 0 };
}

class StorageServer {
  constructor(storage) {
    this.storage = storage;
  }

  async create({ name }) {
    return { number: register(new ObjectServer(await this.storage.create(name))) };
  }

  async open({ name, first: offset, second: length }) {
    return { number: register(new StreamServer(await this.storage.open(name, offset, length === ALL ? Infinity : length))) };
  }

  async stat({ name }) {
    const { size, modified } = described(await this.storage.stat(name));
    return { number: size, second: modified };
  }

  async list({ name: prefix }) {
    const list = [];
    for await (const info of await this.storage.list(prefix)) list.push({ ...described(info), name: text(info.name, "an object's name") });
    return { list };
  }

  async remove({ name }) {
    await this.storage.remove(name);
  }
}

/** One object that is being written. */
class ObjectServer {
  constructor(writer) {
    this.writer = writer;
  }

  async write({ bytes }) {
    await this.writer.write(bytes);
  }

  async commit() {
    await this.writer.commit();
  }

  async release() {
    await this.writer.close?.();
  }
}

/** One object that is being read: from bytes, or from anything that iterates over bytes. */
class StreamServer {
  #rest = null;
  #chunks;

  constructor(from) {
    const chunks = from instanceof Uint8Array ? [from] : from;
    this.#chunks = (chunks[Symbol.asyncIterator] ?? chunks[Symbol.iterator]).call(chunks);
  }

  async read({ first: capacity }) {
    while (!this.#rest?.length) {
      const { done, value } = await this.#chunks.next();
      if (done) return { bytes: new Uint8Array(0) };
      if (!(value instanceof Uint8Array)) throw new TypeError('an object is read as Uint8Array or Buffer');
      this.#rest = value;
    }
    const bytes = this.#rest.subarray(0, capacity);
    this.#rest = this.#rest.subarray(capacity);
    return { bytes };
  }

  async release() {
    await this.#chunks.return?.();
  }
}

function lendStorage(storage) {
  return lend(new StorageServer(storage), 'storage', text(storage.uri, "a storage's uri"));
}

module.exports = { lendStorage };
