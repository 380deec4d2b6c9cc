'use strict';

/** What a call of the library failed with; `code` is the library's name of the kind of failure: 'not_found'. */
class HoldfastError extends Error {
  constructor(message, code = 'internal', retryable = false, options = undefined) {
    super(message, options);
    this.code = code;
    this.retryable = retryable;
  }
}
HoldfastError.prototype.name = 'HoldfastError';

const SYSTEM = {
  ENOENT: 'not_found', EEXIST: 'already_exists', EACCES: 'permission_denied', EPERM: 'permission_denied', ENOSPC: 'no_space',
  ETIMEDOUT: 'timeout', ABORT_ERR: 'cancelled',
};

/** What an error of the host's own functions means to the library. */
function codeOf(error) {
  if (error instanceof HoldfastError) return error.code;
  if (error?.name === 'AbortError') return 'cancelled';
  return SYSTEM[error?.code] ?? (error instanceof TypeError || error instanceof RangeError ? 'internal' : 'io');
}

module.exports = { HoldfastError, codeOf };
