package org.example.holdfast;

/** A kind of failure, as in holdfast.h. */
public enum Code {
  /** A wrong option, URI or call; nothing was done. */
  INVALID_ARGUMENT(Capi.E_INVALID_ARGUMENT),
  /** The object can't do this now. */
  INVALID_STATE(Capi.E_INVALID_STATE),
  /** There is no such repository, backup, entry or object. */
  NOT_FOUND(Capi.E_NOT_FOUND),
  /** The name is taken. */
  ALREADY_EXISTS(Capi.E_ALREADY_EXISTS),
  /** Not allowed. */
  PERMISSION_DENIED(Capi.E_PERMISSION_DENIED),
  /** Wrong or missing credentials for a server or storage. */
  UNAUTHENTICATED(Capi.E_UNAUTHENTICATED),
  /** The key does not open this repository. */
  WRONG_KEY(Capi.E_WRONG_KEY),
  /** Not possible with this server, storage, format or version. */
  UNSUPPORTED(Capi.E_UNSUPPORTED),
  /** Reading or writing failed. */
  IO(Capi.E_IO),
  /** A server can't be reached. */
  NETWORK(Capi.E_NETWORK),
  /** A deadline passed. */
  TIMEOUT(Capi.E_TIMEOUT),
  /** The call was cancelled. */
  CANCELLED(Capi.E_CANCELLED),
  /** Stored bytes are not what was written. */
  CORRUPT(Capi.E_CORRUPT),
  /** Somebody else holds or changed it. */
  CONFLICT(Capi.E_CONFLICT),
  /** The storage is full. */
  NO_SPACE(Capi.E_NO_SPACE),
  /** A limit was reached. */
  LIMIT(Capi.E_LIMIT),
  /** The source failed. */
  SOURCE(Capi.E_SOURCE),
  /** The target failed. */
  TARGET(Capi.E_TARGET),
  /** A mistake in the library, in this package or in a class of the host's; any code that this package does not know. */
  INTERNAL(Capi.E_INTERNAL),
  /** There was not enough memory. */
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
