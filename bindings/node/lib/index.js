'use strict';

const { HoldfastError } = require('./errors');
const { native } = require('./native');
const { Repository } = require('./repository');
const { Session } = require('./session');
const { BackupView } = require('./view');

if (Symbol.asyncDispose) {
  for (const type of [Repository, Session, BackupView]) type.prototype[Symbol.asyncDispose] = type.prototype.close;
}

/** The version of the library. */
const version = () => native.version();

module.exports = { BackupView, HoldfastError, Repository, Session, version };
