'use strict';

const { Readable, Writable } = require('node:stream');

const { HoldfastError } = require('./errors');
const { Handle } = require('./handle');
const { calls, lend, native, text } = require('./native');

const BLOCK = 1 << 18; // each call goes to another thread and back

/** The plain bytes of an entry. Every hash is checked before its end is told. */
class EntryReader extends Readable {
  #handle;

  constructor(raw) {
    super({ highWaterMark: BLOCK });
    this.#handle = new Handle(raw, calls.reader_free, 'entry');
  }

  async _read(size) {
    try {
      const buffer = Buffer.allocUnsafeSlow(size);
      const length = await this.#handle.use((raw) => calls.reader_read(raw, buffer));
      if (!this.destroyed) this.push(length ? buffer.subarray(0, length) : null);
    } catch (error) {
      this.destroy(error);
    }
  }

  _destroy(error, done) {
    this.#handle.close().then(() => done(error), done);
  }
}

/** One entry that is being written: end() adds it to the backup, abort() leaves it out. Destroyed without either, it
 * prevents the backup's commit. */
class EntryWriter extends Writable {
  #handle;
  #notes = [];
  #aborted = false;

  constructor(raw) {
    super({ highWaterMark: BLOCK });
    this.#handle = new Handle(raw, (writer) => this.#freed(writer), 'entry');
  }

  /** Adds an attribute. The library gets it at the end: until then another thread may be writing. */
  note(key, value) {
    if (this.writableEnded || this.destroyed) throw new HoldfastError('the entry is ended', 'invalid_state');
    this.#notes.push([text(key, 'a key'), text(value, 'a value')]);
  }

  async abort() {
    if (this.writableEnded || this.destroyed) throw new HoldfastError('the entry is ended', 'invalid_state');
    this.#aborted = true;
    this.destroy();
    await this.#handle.close();
  }

  /** Nothing writes any more. */
  async #freed(writer) {
    try {
      if (this.#aborted) await calls.writer_abort(writer);
    } finally {
      await calls.writer_free(writer);
    }
  }

  _write(chunk, encoding, done) {
    this.#handle.use((raw) => calls.writer_write(raw, chunk)).then(() => done(), done);
  }

  /** Small chunks go together. */
  _writev(chunks, done) {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), null, done);
  }

  _final(done) {
    const commit = async (raw) => {
      for (const [key, value] of this.#notes) native.writer_note(raw, key, value);
      await calls.writer_commit(raw);
    };
    this.#handle.use(commit).then(() => done(), done);
  }

  _destroy(error, done) {
    this.#handle.close().then(() => done(error), () => done(error)); // abort() tells what failed
  }
}

/** Lends a stream of Node to the library, for an export. The library's commit does not end it. */
class Sink {
  #stream;
  #listen = () => {}; // what a write fails with is also told as an event

  constructor(stream) {
    this.#stream = stream;
  }

  /** Lends it until its release. */
  lend() {
    this.#stream.on('error', this.#listen);
    return lend(this, 'writer');
  }

  write({ bytes }) {
    const stream = this.#stream;
    return new Promise((done, failed) => {
      if (stream.destroyed || stream.writableEnded) throw stream.errored ?? new HoldfastError('the stream is closed', 'invalid_state');
      stream.write(bytes, (error) => (error ? failed(error) : done({})));
    });
  }

  commit() {}

  release() {
    this.#stream.off('error', this.#listen);
  }
}

module.exports = { EntryReader, EntryWriter, Sink };
