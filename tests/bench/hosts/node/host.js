// The program that c/host.c describes, in JavaScript.
'use strict';

const fs = require('node:fs');
const readline = require('node:readline');

const { Repository } = require('../../../../bindings/node');

const KEPT = 1 << 20;

function failure(code) {
  return Object.assign(new Error(code), { code });
}

class Shelf {
  uri = 'shelf:';
  #objects = new Map();

  create(name) {
    const made = { size: 0, parts: [] };
    return {
      write: (bytes) => {
        made.size += bytes.length;
        if (made.size <= KEPT) made.parts.push(bytes);
      },
      commit: () => {
        if (this.#objects.has(name)) throw failure('EEXIST');
        this.#objects.set(name, made);
      },
    };
  }

  #get(name) {
    const found = this.#objects.get(name);
    if (!found) throw failure('ENOENT');
    return found;
  }

  open(name, offset, length) {
    const { size, parts } = this.#get(name);
    if (size > KEPT) throw failure('ENOENT');
    return Buffer.concat(parts).subarray(offset, offset + length);
  }

  stat(name) {
    return { size: this.#get(name).size };
  }

  *list(prefix) {
    for (const [name, { size }] of this.#objects) if (name.startsWith(prefix)) yield { name, size };
  }

  remove(name) {
    if (!this.#objects.delete(name)) throw failure('ENOENT');
  }
}

function source(path, size) {
  return {
    describe: () => ({ uri: 'bench:file', name: 'file' }),
    async backup(out) {
      const entry = await out.create('data');
      const file = fs.openSync(path);
      const piece = Buffer.allocUnsafe(size);
      for (let some; (some = fs.readSync(file, piece)) > 0;) {
        await new Promise((done, failed) => entry.write(piece.subarray(0, some), (error) => (error ? failed(error) : done())));
      }
      fs.closeSync(file);
      await new Promise((done, failed) => entry.on('error', failed).end(done));
    },
  };
}

async function main(path, piece) {
  const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const say = (word) => {
    console.log(word);
    return input.next();
  };
  const repository = await Repository.createOn(new Shelf(), { key: Buffer.from('0123456789abcdef0123456789abcdef') });
  await say('ready');
  await repository.backup(source(path, Number(piece)));
  await say('done');
  await repository.close();
}

main(...process.argv.slice(2));
