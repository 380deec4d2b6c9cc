'use strict';

const { Handle } = require('./handle');
const { calls, native, text } = require('./native');
const { microseconds, withOptions } = require('./options');
const { report } = require('./reports');
const { EntryWriter } = require('./streams');

/** The entries of one source of a backup that is being written. */
class Entries {
  #handle;
  #source;

  constructor(handle, source) {
    this.#handle = handle;
    this.#source = source;
  }

  async create(name, settings) {
    return withOptions(settings, (options) =>
      this.#handle.use(async (raw) => new EntryWriter(await calls.backup_writer_open(raw, this.#source, name, 'stream', options))));
  }

  note(key, value) {
    native.backup_writer_note(this.#handle.raw, this.#source, key, value);
  }

  setSnapshotTime(time) {
    native.backup_writer_set_instant(this.#handle.raw, this.#source, microseconds(time));
  }
}

/** A backup that the caller fills. Closed without commit, it never existed. */
class Session {
  #handle;

  constructor(raw) {
    this.#handle = new Handle(raw, calls.backup_writer_free, 'session');
  }

  addSource(uri, name) {
    return new Entries(this.#handle, native.backup_writer_add_source(this.#handle.raw, uri, name));
  }

  /** Makes the backup exist: it survives any later crash. */
  async commit() {
    const made = await this.#handle.use((raw) => calls.backup_writer_commit(raw));
    try {
      return report(native.backup_to_json(made));
    } finally {
      native.backup_free(made);
    }
  }

  close() {
    return this.#handle.close();
  }
}

/** A source that is written in JavaScript, as the library sees it. */
class SourceServer {
  constructor(source, signal) {
    this.source = source;
    this.signal = signal ?? new AbortController().signal;
  }

  async describe() {
    const { uri, name, sizeEstimate = 0 } = await this.source.describe();
    return { text: text(uri, "a source's uri"), other: text(name, "a source's name"), number: sizeEstimate };
  }

  /** The writer and the context are the library's again when this returns. */
  async backup({ first: source, handle, context }) {
    const writer = new Handle(handle, () => {}, 'source');
    const operation = new Handle(context, () => {}, 'source');
    const about = {
      signal: this.signal,
      warn: (message, object = '') => native.context_warn(operation.raw, message, object),
      log: (message) => native.context_log(operation.raw, message),
    };
    try {
      await this.source.backup(new Entries(writer, source), about);
    } finally {
      await Promise.all([writer.close(), operation.close()]);
    }
  }
}

module.exports = { Session, SourceServer };
