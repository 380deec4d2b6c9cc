'use strict';

const { HoldfastError } = require('./errors');
const { native } = require('./native');

/** The options of one call, and its cancel. close() frees them. */
class Options {
  #signal;
  #lent;
  #token = null;
  #stop = () => native.cancel_token_request(this.#token);

  constructor({ password, key, encryption, options = {}, signal, lent } = {}) {
    this.#signal = signal;
    this.#lent = lent;
    if (signal?.aborted) throw this.explained(new HoldfastError('the signal is aborted', 'cancelled'));
    this.handle = native.options_new();
    try {
      if (password !== undefined) this.#set('repository.password', Buffer.from(password));
      if (key !== undefined) this.#set('repository.key', key);
      if (encryption !== undefined) this.#set('repository.encryption', encryption);
      for (const [name, value] of Object.entries(options)) this.#set(name, value);
      if (signal) this.#listen();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #listen() {
    this.#token = native.cancel_token_new();
    native.options_set_cancel(this.handle, this.#token);
    this.#signal.addEventListener('abort', this.#stop, { once: true });
  }

  #set(key, value) {
    if (typeof value === 'string') native.options_set_string(this.handle, key, value);
    else if (typeof value === 'boolean') native.options_set_bool(this.handle, key, value ? 1 : 0);
    else if (typeof value === 'bigint' || Number.isSafeInteger(value)) native.options_set_int64(this.handle, key, value);
    else if (value instanceof Date) native.options_set_int64(this.handle, key, microseconds(value));
    else if (value instanceof Uint8Array) native.options_set_bytes(this.handle, key, value);
    else if (Array.isArray(value)) for (const each of value) native.options_add_string(this.handle, key, each);
    else throw new TypeError(`option ${key} can't be ${typeof value === 'number' ? value : typeof value}`);
  }

  /** Adds why the signal was aborted to the error of a call that it ended, or else what an object that was lent failed with. */
  explained(error) {
    if (!(error instanceof HoldfastError)) return error;
    if (error.code === 'cancelled' && this.#signal?.aborted) error.cause ??= this.#signal.reason;
    error.cause ??= this.#lent?.failure;
    return error;
  }

  close() {
    this.#signal?.removeEventListener('abort', this.#stop);
    native.cancel_token_free(this.#token);
    native.options_free(this.handle);
    this.#token = this.handle = null;
  }
}

/** Runs a function with options that live as long as it does. */
async function withOptions(settings, run) {
  const options = new Options(settings);
  try {
    return await run(options.handle);
  } catch (error) {
    throw options.explained(error);
  } finally {
    options.close();
  }
}

function microseconds(date) {
  return BigInt(date.getTime()) * 1000n;
}

module.exports = { Options, microseconds, withOptions };
