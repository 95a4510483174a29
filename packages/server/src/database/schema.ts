import type { ImageType } from "@tutti/core";
import type { ColumnType, Generated, GeneratedAlways, Selectable } from "kysely";

/**
 * The tables of the log and of what stands beside it, as `migrations.ts` makes them.
 *
 * Columns of type `jsonb` are read as `unknown`, to be parsed by whoever owns the shape, and written as the text that
 * {@link toJsonb} makes.
 */
export interface Schema {
  sessions: SessionsTable;
  events: EventsTable;
  receipts: ReceiptsTable;
  hosts: HostsTable;
  check_cache: CheckCacheTable;
  settings: SettingsTable;
  session_summaries: SessionSummariesTable;
  sign_ins: SignInsTable;
  push_subscriptions: PushSubscriptionsTable;
  audit: AuditTable;
  spending: SpendingTable;
  usage_entries: UsageEntriesTable;
  budget_agreements: BudgetAgreementsTable;
  budget_questions: BudgetQuestionsTable;
  merged_changes: MergedChangesTable;
  deadlines: DeadlinesTable;
  inbox_questions: InboxQuestionsTable;
  inbox_failures: InboxFailuresTable;
  transcripts: TranscriptsTable;
  images: ImagesTable;
}

type Jsonb = ColumnType<unknown, string, string>;

/** One row for each session: the fold of its log so far, and where the log ends. */
interface SessionsTable {
  id: string;
  /** The host that holds the session's lease. */
  host: string | null;
  /** The session that asked for this one. */
  parent: string | null;
  created_at: Date;
  state: Jsonb;
  /** The `seq` of the session's last event; 0 when it has none. */
  head: Generated<number>;
}

/**
 * Every event of every session, append-only.
 *
 * `seq` orders one session's events; `position` orders all events, in agreement with `seq`, and is the cursor of whoever
 * follows many sessions. A smaller position may appear after a greater one, when its transaction commits later: read by
 * position only up to where `horizon.ts` says that the log is settled.
 */
interface EventsTable {
  position: GeneratedAlways<number>;
  session: string;
  seq: number;
  at: Date;
  type: string;
  data: Jsonb;
  /** Who caused the event. */
  actor: Jsonb;
}

/** What a command was answered, by its idempotency key: a repeated command gets the same answer. */
interface ReceiptsTable {
  id: string;
  session: string | null;
  /** Tells whether a repeated key came with the same command. */
  fingerprint: string;
  response: Jsonb;
  at: Date;
}

/** The machines that joined. */
interface HostsTable {
  id: string;
  /** Rises each time the host joins anew: a runner of an older epoch is fenced off. */
  epoch: number;
  name: string;
  info: Jsonb;
  seen_at: Date;
}

/** What checks found on a base tree, so that each tree is checked once. */
interface CheckCacheTable {
  key: string;
  result: Jsonb;
  at: Date;
}

interface SettingsTable {
  key: string;
  value: Jsonb;
}

/** The read model of the session list: one row for each session, written with the session's events. */
interface SessionSummariesTable {
  id: string;
  title: string;
  agent: string;
  host: string;
  parent: string | null;
  role: string | null;
  status: string;
  detail: string;
  /** Whether something is under way or waits for a person. */
  active: boolean;
  seq: number;
  created_at: Date;
  updated_at: Date;
  /** What the session itself cost; null when nobody can say. */
  cost_usd: number | null;
  cost_source: string;
  /** By its own log: it does not know what its children wait for. */
  activity: string;
  /** Since when that is its activity. */
  activity_since: Date;
  /** Its own, or that of the session that asked for it. */
  repository: string | null;
  /** The harness that plays it; null for one that a program leads. */
  harness: string | null;
  phase: string | null;
  tasks_total: number;
  tasks_ended: number;
  /** Tasks that wait for a free place. */
  tasks_waiting: number;
  outcome: string | null;
  /** What its latest candidates change; null without one. */
  files: number | null;
  additions: number | null;
  deletions: number | null;
  /** Its own questions that wait for a person. */
  questions: number;
}
export type SessionSummaryRow = Selectable<SessionSummariesTable>;

/** The browsers that are signed in. */
interface SignInsTable {
  id: string;
  /** Of the secret in the browser's cookie. */
  hash: Buffer;
  browser: string;
  created_at: Date;
  seen_at: Date;
  expires_at: Date;
}

/** The devices that are told what needs the person. A row goes with the sign-in that it belongs to. */
interface PushSubscriptionsTable {
  /** The device's address at its push service. Who knows it and the server's key may send to it. */
  endpoint: string;
  sign_in: string;
  /** What messages to it are encrypted with, as the browser gave it. */
  p256dh: string;
  auth: string;
  created_at: Date;
}

/** What people sent along with words. A row is written once and never changed. */
interface ImagesTable {
  /** The SHA-256 of the content, in hexadecimal. */
  id: string;
  type: ImageType;
  /** Bytes of the content. */
  size: number;
  content: Buffer;
  created_at: Date;
}

/** The audit's chain: see `audit/record.ts`. */
interface AuditTable {
  /** Counts from 1 without gaps. */
  n: number;
  session: string | null;
  seq: number | null;
  at: Date;
  actor: Jsonb;
  kind: string;
  /** Canonical JSON, kept as it was hashed. */
  body: string;
  prev: string;
  hash: string;
}
export type AuditTableRow = Selectable<AuditTable>;
/**
 * What each session spent, in US dollars: what is paid for by use apart from what was used on flat subscriptions, and
 * apart from calls without a known price. A row is written with its own session's events alone, so that no two wait for each other.
 */
interface SpendingTable {
  session: string;
  /** The root of the session's tree. */
  root: string;
  /** The root of the repository that the tree works in, once it is known. */
  project: string | null;
  /** Who began the root session. */
  person: string | null;
  task: string | null;
  role: string | null;
  harness: string | null;
  usd: Generated<number>;
  unknown_calls: Generated<number>;
  subscription_usd: Generated<number>;
  subscription_unknown_calls: Generated<number>;
  /** The last day on which the session used something, with that day's part of the above. */
  day: string | null;
  day_usd: Generated<number>;
  day_unknown_calls: Generated<number>;
  day_subscription_usd: Generated<number>;
  day_subscription_unknown_calls: Generated<number>;
  /** The last turn that used something, with its dearest call. */
  call_turn: string | null;
  call_usd: Generated<number>;
  call_subscription_usd: Generated<number>;
  /** Whether a turn is open. */
  open: Generated<boolean>;
}

/** One row for each `usage.recorded`. */
interface UsageEntriesTable {
  session: string;
  seq: number;
  at: Date;
  /** In UTC, `2030-01-31`. */
  day: string;
  vendor: string | null;
  model: string;
  input: number;
  cache_read: number;
  cache_write: number;
  output: number;
  /** Null when nobody can say. */
  cost_usd: number | null;
  cost_source: string;
}

/** Up to what people agreed to spend, by core's `agreementKey`. */
interface BudgetAgreementsTable {
  key: string;
  usd: number;
  unknown: boolean;
  /** Who agreed last. */
  person: string;
}

/** Questions about money alone that wait for an answer. */
interface BudgetQuestionsTable {
  session: string;
  approval: string;
  root: string;
  agreements: Jsonb;
}

/** Tasks that ended with a merge. */
interface MergedChangesTable {
  root: string;
  task: string;
  text: string;
  commit: string | null;
  at: Date;
}

/** Questions that are answered by a no when nobody answers, while they wait. */
interface DeadlinesTable {
  session: string;
  approval: string;
  due_at: Date;
}

/** Questions that wait for a person. */
interface InboxQuestionsTable {
  session: string;
  approval: string;
  root: string;
  /** Without a merge's diff and its checks' output. */
  subject: Jsonb;
  likeness: string | null;
  at: Date;
}

/** Tasks that ended without a merge although nobody chose that, until a person closes their session. */
interface InboxFailuresTable {
  root: string;
  task: string;
  outcome: string;
  detail: string;
  at: Date;
}

/** The words of each message, prompt and task, for the search. */
interface TranscriptsTable {
  session: string;
  seq: number;
  /** The session that asked for this one, else the session itself. */
  root: string;
  /** A tsvector. */
  words: string;
}

/** An event as it is stored. */
export type EventRow = Selectable<EventsTable>;

/**
 * The text of a value for a `jsonb` column. What JSON may say and PostgreSQL's jsonb refuses (the character NUL and
 * halves of surrogate pairs, both of which turn up in the output of programs) becomes U+FFFD, in keys too.
 */
export function toJsonb(value: object | string | number | boolean | null): string {
  // Escapes are matched whole from the left, so that an escaped backslash before a `u` is no escape of a character.
  const escapes = /\\(?:(u0000|ud[89a-f][0-9a-f]{2})|.)/g;
  return JSON.stringify(value).replace(escapes, (found, refused?: string) => (refused ? "\ufffd" : found));
}
