'use strict';

const { setTimeout: delay } = require('node:timers/promises');

const { native, calls } = require('./native');
const { Options } = require('./options');
const { report } = require('./reports');

const KINDS = ['', 'phase', 'progress', 'entryStarted', 'entryFinished', 'warning', 'log', 'begun', 'ended'];
const LONGEST_PAUSE = 50; // milliseconds between looks at a job

/** An operation that runs: a promise of its result, and an async iterable of its events. */
class Job extends Promise {
  #settings;
  #listeners = new Set();

  /** `start(options)` starts the job of the library; `result(job)` is what the promise is for. */
  constructor(settings, start, result = (job) => report(native.job_result_to_json(job))) {
    let settle;
    super((done, failed) => (settle = [done, failed]));
    this.#settings = settings ?? {};
    this.#run(start, result).then(...settle);
  }

  /** then() makes a promise that is no job. */
  static get [Symbol.species]() {
    return Promise;
  }

  /** Its events from now on. The iteration throws what the operation fails with. Leaving it does not stop the operation. */
  [Symbol.asyncIterator]() {
    const listener = { events: [], running: true, failure: null, wake: () => {} };
    this.#listeners.add(listener);
    const ended = (failure) => {
      listener.running = false;
      listener.failure = failure;
      listener.wake();
    };
    this.then(() => ended(null), (error) => ended({ error }));
    return this.#iterate(listener);
  }

  async *#iterate(listener) {
    try {
      for (;;) {
        while (listener.events.length) yield listener.events.shift();
        if (!listener.running) break;
        await new Promise((wake) => (listener.wake = wake));
      }
    } finally {
      this.#listeners.delete(listener);
    }
    if (listener.failure) throw listener.failure.error;
  }

  #tell({ events, progress }) {
    for (const { kind, record, ...event } of events) {
      const told = { kind: KINDS[kind] ?? 'other', ...event, ...(record && { record: JSON.parse(record) }) };
      this.#settings.onEvent?.(told);
      for (const listener of this.#listeners) {
        listener.events.push(told);
        listener.wake();
      }
    }
    this.#settings.onProgress?.(progress);
  }

  async #run(start, result) {
    const options = new Options(this.#settings);
    try {
      const events = native.listen(options.handle);
      const job = await start(options.handle);
      try {
        await this.#finish(job, events);
        return result(job);
      } finally {
        native.forget(events);
        await calls.job_free(job);
      }
    } catch (error) {
      throw options.explained(error);
    } finally {
      options.close();
    }
  }

  /** The job has threads of its own: looking at it waits for nothing. */
  async #finish(job, events) {
    for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      const step = native.step(job, events);
      this.#tell(step);
      if (step.error) throw step.error;
      if (!step.running) return;
      await delay(pause);
    }
  }
}

module.exports = { Job };
