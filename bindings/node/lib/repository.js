'use strict';

const { Handle } = require('./handle');
const { Job } = require('./job');
const { calls, lend, native } = require('./native');
const { withOptions } = require('./options');
const { report } = require('./reports');
const { Session, SourceServer } = require('./session');
const { lendStorage } = require('./storage');
const { Sink } = require('./streams');
const { BackupView } = require('./view');

/** A set of backups on one storage. Several processes may use one repository at once. */
class Repository {
  #handle;

  constructor(raw) {
    this.#handle = new Handle(raw, calls.repository_free, 'repository');
  }

  static create(uri, settings) {
    return withOptions(settings, async (options) => new Repository(await calls.repository_create(uri, options)));
  }

  static open(uri, settings) {
    return withOptions(settings, async (options) => new Repository(await calls.repository_open(uri, options)));
  }

  static createOn(storage, settings) {
    return Repository.#on(calls.repository_create_on, storage, settings);
  }

  static openOn(storage, settings) {
    return Repository.#on(calls.repository_open_on, storage, settings);
  }

  static #on(call, storage, settings) {
    return withOptions(settings, async (options) => {
      const place = lendStorage(storage);
      try {
        return new Repository(await call(place, options));
      } finally {
        native.storage_free(place); // the repository keeps it
      }
    });
  }

  get uri() {
    return native.repository_uri(this.#handle.raw);
  }

  get isEncrypted() {
    return native.repository_is_encrypted(this.#handle.raw) !== 0;
  }

  /** What was opened through it stays usable. */
  close() {
    return this.#handle.close();
  }

  backups(settings) {
    return this.#ask('repository_list', 'backup_list', [], settings);
  }

  find(backup, settings) {
    return this.#ask('repository_find', 'backup', [backup], settings);
  }

  plan(settings) {
    return this.#ask('retention_plan_new', 'retention_plan', [], settings);
  }

  remove(backup, settings) {
    return withOptions(settings, (options) => this.#handle.use((raw) => calls.repository_remove(raw, backup, options)));
  }

  view(backup, settings) {
    return withOptions(settings, (options) =>
      this.#handle.use(async (raw) => new BackupView(await calls.manifest_open(raw, backup, options))));
  }

  begin(settings) {
    return withOptions(settings, (options) => this.#handle.use(async (raw) => new Session(await calls.backup_writer_begin(raw, options))));
  }

  backup(source, settings) {
    if (typeof source === 'string') return this.#job('backup_start', [source], settings);
    const server = new SourceServer(source, settings?.signal);
    const start = async (options) => {
      const lent = lend(server, 'source');
      try {
        return await this.#handle.use((raw) => calls.backup_start_sources(raw, lent, options));
      } finally {
        native.source_free(lent); // consumed or not
      }
    };
    return new Job({ ...settings, lent: server }, start);
  }

  restore(backup, target, settings) {
    return this.#job('restore_start', [backup, target], settings);
  }

  export(backup, source, stream, settings) {
    const sink = new Sink(stream);
    const start = async (options) => {
      const writer = sink.lend();
      try {
        return await this.#handle.use((raw) => calls.export_start(raw, backup, source, writer, options));
      } finally {
        await calls.writer_free(writer); // consumed or not
      }
    };
    return new Job({ ...settings, lent: sink }, start, () => undefined);
  }

  verify(backup, settings) {
    return this.#job('verify_start', [backup], settings);
  }

  verifyAll(settings) {
    return this.#job('verify_all_start', [], settings);
  }

  expire(settings) {
    return this.#job('expire_start', [], settings);
  }

  collectGarbage(settings) {
    return this.#job('gc_start', [], settings);
  }

  #job(start, parameters, settings) {
    return new Job(settings, (options) => this.#handle.use((raw) => calls[start](raw, ...parameters, options)));
  }

  /** A call that makes an object, of which only its JSON is needed. */
  #ask(call, type, parameters, settings) {
    return withOptions(settings, async (options) => {
      const made = await this.#handle.use((raw) => calls[call](raw, ...parameters, options));
      try {
        return report(native[`${type}_to_json`](made));
      } finally {
        native[`${type}_free`](made);
      }
    });
  }
}

module.exports = { Repository };
