package org.example.holdfast;

/** A kind of failure, as in holdfast.h. */
public enum Code {
  /** A wrong option, URI or call; nothing was done. */
  INVALID_ARGUMENT(Capi.E_INVALID_ARGUMENT),
  /** The object can't do this now. */
  INVALID_STATE(Capi.E_INVALID_STATE),
  NOT_FOUND(Capi.E_NOT_FOUND),
  ALREADY_EXISTS(Capi.E_ALREADY_EXISTS),
  PERMISSION_DENIED(Capi.E_PERMISSION_DENIED),
  /** Wrong or missing credentials for a server or storage. */
  UNAUTHENTICATED(Capi.E_UNAUTHENTICATED),
  /** The key does not open this repository. */
  WRONG_KEY(Capi.E_WRONG_KEY),
  UNSUPPORTED(Capi.E_UNSUPPORTED),
  IO(Capi.E_IO),
  NETWORK(Capi.E_NETWORK),
  TIMEOUT(Capi.E_TIMEOUT),
  CANCELLED(Capi.E_CANCELLED),
  /** Stored bytes are not what was written. */
  CORRUPT(Capi.E_CORRUPT),
  /** Somebody else holds or changed it. */
  CONFLICT(Capi.E_CONFLICT),
  NO_SPACE(Capi.E_NO_SPACE),
  LIMIT(Capi.E_LIMIT),
  SOURCE(Capi.E_SOURCE),
  TARGET(Capi.E_TARGET),
  /** A mistake in the library, in this package or in a class of the host's; any code that this package does not know. */
  INTERNAL(Capi.E_INTERNAL),
  OUT_OF_MEMORY(Capi.E_OUT_OF_MEMORY),
  /** A function of the host's failed with a status of its own. */
  CALLBACK(Capi.E_CALLBACK);

  final int status;

  Code(int status) {
    this.status = status;
  }

  static Code of(int status) {
    for (Code code : values()) if (code.status == status) return code;
    return INTERNAL;
  }
}
