'use strict';

const { HoldfastError } = require('./errors');

/** A handle of the library. It is freed when nothing uses it any more. */
class Handle {
  #raw;
  #free;
  #what;
  #uses = new Set();
  #closing;

  constructor(raw, free, what) {
    this.#raw = raw;
    this.#free = free;
    this.#what = what;
  }

  get raw() {
    if (this.#closing) throw new HoldfastError(`the ${this.#what} is closed`, 'invalid_state');
    return this.#raw;
  }

  /** Runs an asynchronous function with the handle. */
  async use(run) {
    const done = run(this.raw);
    this.#uses.add(done);
    try {
      return await done;
    } finally {
      this.#uses.delete(done);
    }
  }

  close() {
    this.#closing ??= Promise.allSettled(this.#uses).then(() => this.#free(this.#raw));
    return this.#closing;
  }
}

module.exports = { Handle };
