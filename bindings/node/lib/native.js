// The addon: functions of the library, and requests of the library to objects that are written in JavaScript.
'use strict';

const { inspect } = require('node:util');

const { HoldfastError, codeOf } = require('./errors');

const native = require(process.env.HOLDFAST_ADDON ?? '../build/Release/holdfast.node');

const statuses = new Map();
for (let status = 1; status < 64; ++status) statuses.set(native.status_name(status), status);
statuses.delete('unknown');

const objects = new Map();
let last = 0;

/** Registers an object that answers requests: its methods have their names. Returns its number. */
function register(object) {
  objects.set(++last, object);
  return last;
}

/** Lends an object to the library as a 'storage', 'source' or 'writer'. Returns the handle. */
function lend(object, kind, uri = null) {
  return native.lend(register(object), kind, uri);
}

async function serve(request, what, number, name, first, second, bytes, handle, context) {
  const object = objects.get(number);
  if (what === 'release') {
    objects.delete(number);
    await Promise.resolve(object.release?.()).catch(() => {}); // there is nobody to tell
    return;
  }
  try {
    const answer = await object[what]({ name, first, second, bytes, handle, context });
    native.answer(request, 0, null, answer ?? {});
  } catch (error) {
    object.failure = error;
    native.answer(request, statuses.get(codeOf(error)) ?? statuses.get('io'), plain(error), {});
  }
}

/** A message that C can hold, of anything that may be thrown. */
function plain(error) {
  const message = error?.message ?? error;
  return (typeof message === 'string' ? message : inspect(message)).replaceAll('\0', ' ');
}

function text(value, what) {
  if (typeof value !== 'string') throw new TypeError(`${what} must be a string, not ${typeof value}`);
  if (value.includes('\0')) throw new TypeError(`${what} has a NUL`);
  return value;
}

native.start(HoldfastError, serve);
process.on('exit', () => native.end());

module.exports = { native, calls: native.async, lend, register, text };
