import { Readable, Writable } from 'node:stream';

/** The version of the library. */
export function version(): string;

/** A kind of failure, by the library's name. */
export type Code =
  | 'invalid_argument' | 'invalid_state' | 'not_found' | 'already_exists' | 'permission_denied' | 'unauthenticated' | 'wrong_key'
  | 'unsupported' | 'io' | 'network' | 'timeout' | 'cancelled' | 'corrupt' | 'conflict' | 'no_space' | 'limit' | 'source' | 'target'
  | 'internal' | 'out_of_memory' | 'callback';

/**
 * What a call of the library failed with. The message is one line: what failed, on which object, why, what to do; no
 * secret. `cause` is what a source or stream of your own failed with, or the reason of an aborted signal. Throw one from a
 * source or storage of your own to give the library its code; errors of Node such as ENOENT have one already.
 */
export class HoldfastError extends Error {
  constructor(message: string, code?: Code, retryable?: boolean, options?: ErrorOptions);
  readonly code: Code;
  /** A retry may help. */
  readonly retryable: boolean;
}

/** The value of an option: a number is an integer, a Uint8Array a secret, a list is added to. */
export type OptionValue = string | number | bigint | boolean | Date | Uint8Array | string[];

export interface Settings {
  /** Options of the C interface by their keys: `{ 'backup.tag.env': 'prod' }`. See docs/c-api.md. */
  options?: Record<string, OptionValue>;
  /** Ends the call, with the code 'cancelled', soon after it is aborted. */
  signal?: AbortSignal;
}

export interface RepositorySettings extends Settings {
  password?: string | Uint8Array;
  /** 32 bytes. */
  key?: Uint8Array;
  /** 'none', to create: everyone who can read the storage can read the backups. */
  encryption?: string;
}

export interface JobSettings extends Settings {
  /** Called at least every 50 ms during the operation, and at its end. If it throws, the operation is cancelled. */
  onProgress?: (progress: Progress) => void;
  /** Called with each event. If it throws, the operation is cancelled. */
  onEvent?: (event: JobEvent) => void;
}

export interface Progress {
  /** Plain bytes read or written. */
  bytesDone: number;
  /** An estimate; 0 is unknown. */
  bytesTotal: number;
  bytesStored: number;
  entriesDone: number;
  warnings: number;
}

export interface JobEvent {
  kind: 'phase' | 'progress' | 'entryStarted' | 'entryFinished' | 'warning' | 'log' | 'begun' | 'ended' | 'other';
  message: string;
  /** The table, file or object that it is about; may be empty. */
  object: string;
  bytesDone: number;
  bytesTotal: number;
  bytesStored: number;
  /** Of 'begun' and 'ended': described in docs/embedding.md. */
  record?: Record<string, unknown>;
}

/**
 * An operation that runs: a promise of its result, and an async iterable of its events from now on. The iteration throws
 * what the operation fails with. Leaving it does not stop the operation; abort the signal for that.
 */
export interface Job<T> extends Promise<T>, AsyncIterable<JobEvent> {}

export type Level = 'stored' | 'checksummed' | 'restored' | 'content-equal';

/** One backup of a listing. */
export interface Backup {
  id: string;
  /** When it began. */
  time: Date | null;
  finished: Date | null;
  sources: SourceRecord[];
  tags: Record<string, string>;
  entries: number;
  /** Plain. */
  sizeBytes: number;
  storedBytes: number;
  /** The best proof on record. */
  level: Level;
  proven: Date | null;
  /** Why it can't be read; only the id of such a backup is known. */
  damage: string | null;
}

/** One source of a backup: what was read, from where, and when. */
export interface SourceRecord {
  uri: string;
  driver: string;
  name: string;
  /** Snapshot time of the data. */
  instant: Date | null;
  notes: Record<string, string>;
}

/** One named stream of a backup. */
export interface Entry {
  name: string;
  kind: string;
  source: number;
  sizeBytes: number;
  contentHash: string;
  transforms: string[];
  attributes: Record<string, string>;
}

/** Damage that a verification found. */
export interface Fault {
  object: string;
  what: string;
}

/** The result of a verification: damage is no error of the call. */
export interface VerifyReport {
  backup: string;
  /** No fault, and every query succeeded. */
  ok: boolean;
  level: 'quick' | 'full' | 'restore';
  objects: number;
  bytes: number;
  faults: Fault[];
  /** Of level 'restore'. */
  proof?: Proof | null;
}

/** What a verification at level 'restore' found out. */
export interface Proof {
  level: Level;
  /** For people: "a scratch PostgreSQL 15.18". */
  where: string;
  counts: Record<string, number>;
  faults: Fault[];
}

/** Says which backups rules keep, and why. */
export interface Plan {
  removed: number;
  freedBytes: number;
  decisions: { backup: string; action: 'keep' | 'remove'; reasons: string[] }[];
}

export interface RestoreReport {
  where: string;
  entries: number;
  bytes: number;
  counts: Record<string, number>;
  warnings: string[];
  /** Objects that could not be brought back as they were. They cost no other object. */
  leftOut: { object: string; statement: string; reason: string; instead: string }[];
}

export interface GarbageReport {
  backups: number;
  markedPacks: number;
  markedBytes: number;
  removedPacks: number;
  removedBytes: number;
  leftovers: number;
  waiting: number;
  copiedChunks: number;
}

/**
 * A set of backups on one storage. Any number of calls may run at once, and several processes may use one repository. In
 * all calls `backup` is an id, a unique beginning of an id, or 'latest'. close() waits for the calls that run.
 */
export class Repository {
  private constructor();
  /** Needs a password, a key, or encryption 'none'. */
  static create(uri: string, settings?: RepositorySettings): Promise<Repository>;
  static open(uri: string, settings?: RepositorySettings): Promise<Repository>;
  static createOn(storage: Storage, settings?: RepositorySettings): Promise<Repository>;
  static openOn(storage: Storage, settings?: RepositorySettings): Promise<Repository>;
  /** Its place, without credentials. */
  readonly uri: string;
  readonly isEncrypted: boolean;
  /** Newest first; damaged ones are included and marked. */
  backups(settings?: Settings): Promise<Backup[]>;
  find(backup: string, settings?: Settings): Promise<Backup>;
  /** Says what expire() would do now, with options 'expire.…'. */
  plan(settings?: Settings): Promise<Plan>;
  /** Removes it from the listing. In a packed repository it can be brought back until it is collected. */
  remove(backup: string, settings?: Settings): Promise<void>;
  view(backup: string, settings?: Settings): Promise<BackupView>;
  /** Begins a backup that the caller fills. */
  begin(settings?: Settings): Promise<Session>;
  /** Backs up one source, by its URI or of your own. After an error there is no backup. */
  backup(source: string | Source, settings?: JobSettings): Job<Backup>;
  /** Restores into a target, by its URI. The target is checked before anything is changed. */
  restore(backup: string, target: string, settings?: JobSettings): Job<RestoreReport>;
  /** Writes one source of a backup in a format that standard tools read (option 'export.format'). Does not end the stream. */
  export(backup: string, source: number, stream: Writable, settings?: JobSettings): Job<void>;
  /** Checks a backup for damage at the level of option 'verify.level': 'quick', 'full' or 'restore'. */
  verify(backup: string, settings?: JobSettings): Job<VerifyReport>;
  /** Checks the repository's own objects and all backups in one pass. */
  verifyAll(settings?: JobSettings): Job<VerifyReport[]>;
  /** Removes the backups that no rule keeps: `{ options: { 'expire.keep_daily': 7 } }`. */
  expire(settings?: JobSettings): Job<Plan>;
  collectGarbage(settings?: JobSettings): Job<GarbageReport>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One backup, opened for reading. */
export class BackupView {
  private constructor();
  readonly backup: { id: string; time: Date | null; sources: SourceRecord[] };
  readonly entries: Entry[];
  /** Opens an entry. Every hash is checked before its end is told. It stays readable when the view is closed. */
  read(source: number, name: string): Promise<Readable>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A backup that the caller fills. Closed without commit, it never existed. */
export class Session {
  private constructor();
  /** `uri` 'app:notes' and `name` 'notes' are for people. Backups of the same URIs are a series. */
  addSource(uri: string, name: string): Entries;
  /** Makes the backup exist. Fails while an entry is neither ended nor aborted. */
  commit(): Promise<Backup>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The entries of one source of a backup that is being written. */
export interface Entries {
  /** Begins an entry: any name, unique in its source; options 'entry.…'. */
  create(name: string, settings?: Settings): Promise<EntryWriter>;
  /** Adds metadata to the source. */
  note(key: string, value: string): void;
  /** Says as of when the data is consistent. */
  setSnapshotTime(time: Date): void;
}

/** One entry: end() adds it to the backup, abort() leaves it out. Destroyed without either, it prevents the commit. */
export interface EntryWriter extends Writable {
  note(key: string, value: string): void;
  abort(): Promise<void>;
}

type Awaitable<T> = T | PromiseLike<T>;

/** Data of your own. */
export interface Source {
  /** Tells what will be read, without reading it. Fails early for problems that would fail later. */
  describe(): Awaitable<{ uri: string; name: string; sizeEstimate?: number }>;
  /** Creates and ends all entries, as of one moment. After an error there is no backup. */
  backup(out: Entries, context: SourceContext): Awaitable<void>;
}

export interface SourceContext {
  /** The signal of the call. */
  readonly signal: AbortSignal;
  warn(message: string, object?: string): void;
  log(message: string): void;
}

export interface ObjectInfo {
  name: string;
  size: number;
  /** By the storage's clock. */
  modified?: Date;
}

/**
 * A flat set of write-once objects of your own. Methods may be asynchronous: the library waits for them on threads of its
 * own, never on the event loop, and calls several at once. It checks names first: 1 to 1024 bytes of printable ASCII in
 * parts separated by '/'. An object is visible completely or not at all, is durable before the call that creates it
 * returns, and is never overwritten: of two writers of one name exactly one wins. Errors ENOENT, EEXIST, EACCES, EPERM and
 * ENOSPC are told to the library as such.
 */
export interface Storage {
  /** For people: without credentials. */
  readonly uri: string;
  create(name: string): Awaitable<ObjectWriter>;
  /** `length` bytes from `offset`, both clipped to the end of the object; Infinity is all. */
  open(name: string, offset: number, length: number): Awaitable<Uint8Array | AsyncIterable<Uint8Array> | Iterable<Uint8Array>>;
  stat(name: string): Awaitable<Omit<ObjectInfo, 'name'>>;
  /** Each object whose name begins with `prefix`, once, in any order. An incomplete listing must fail. */
  list(prefix: string): Awaitable<AsyncIterable<ObjectInfo> | Iterable<ObjectInfo>>;
  remove(name: string): Awaitable<void>;
}

/** Writes one object of a Storage. */
export interface ObjectWriter {
  write(bytes: Uint8Array): Awaitable<void>;
  /** Makes the object durable and visible, or fails: with EEXIST if the name is taken. */
  commit(): Awaitable<void>;
  /** Called once, last. Without a commit before it, nothing becomes visible. */
  close?(): Awaitable<void>;
}
