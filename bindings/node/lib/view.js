'use strict';

const { HoldfastError } = require('./errors');
const { Handle } = require('./handle');
const { calls, native } = require('./native');
const { report } = require('./reports');
const { EntryReader } = require('./streams');

/** One backup, opened for reading: its sources and entries. */
class BackupView {
  #handle;

  constructor(raw) {
    this.#handle = new Handle(raw, calls.manifest_free, 'backup');
    const { entries, ...backup } = report(native.manifest_to_json(raw));
    Object.assign(this, { backup, entries });
  }

  /** Opens an entry by the number of its source and its name. It stays readable when the view is closed. */
  read(source, name) {
    return this.#handle.use(async (raw) => {
      const entry = native.manifest_find(raw, source, name);
      if (!entry) throw new HoldfastError(`source ${source} of backup ${this.backup.id} has no entry ${JSON.stringify(name)}`, 'not_found');
      return new EntryReader(await calls.manifest_read(raw, entry));
    });
  }

  close() {
    return this.#handle.close();
  }
}

module.exports = { BackupView };
