/**
 * The database's migrations, oldest first. To change the tables: add an entry at the end, numbered one higher, and
 * change `schema.ts` to match. An entry that has been released is never edited: databases out there have run it.
 * Each runs once, in one transaction together with the others that a database still lacks; there is no way down.
 */
import { type Kysely, sql } from "kysely";
import { Migrator } from "kysely/migration";
import { exclusively } from "./exclusively.ts";
import { connect } from "./pool.ts";

interface MigrationEntry {
  /** `NNNN-what-it-brings`. */
  readonly name: string;
  up(db: Kysely<unknown>): Promise<void>;
}

export const migrations: readonly MigrationEntry[] = [
  {
    name: "0001-log",
    async up(db) {
      for (const statement of [
        sql`create table sessions (
          id text primary key,
          host text,
          parent text,
          created_at timestamptz not null,
          state jsonb not null,
          head integer not null default 0
        )`,
        sql`create table events (
          position bigint generated always as identity primary key,
          session text not null references sessions (id),
          seq integer not null,
          at timestamptz not null,
          type text not null,
          data jsonb not null,
          unique (session, seq)
        )`,
        sql`create table receipts (
          id text primary key,
          session text,
          fingerprint text not null,
          response jsonb not null,
          at timestamptz not null
        )`,
        sql`create table hosts (
          id text primary key,
          epoch integer not null,
          name text not null,
          info jsonb not null,
          seen_at timestamptz not null
        )`,
        sql`create table check_cache (key text primary key, result jsonb not null, at timestamptz not null)`,
        sql`create table settings (key text primary key, value jsonb not null)`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0002-read-models",
    async up(db) {
      for (const statement of [
        sql`alter table events add column actor jsonb not null`,
        sql`create table session_summaries (
          id text primary key references sessions (id),
          title text not null,
          agent text not null,
          host text not null,
          parent text,
          role text,
          status text not null,
          detail text not null,
          active boolean not null,
          seq integer not null,
          created_at timestamptz not null,
          updated_at timestamptz not null,
          cost_usd double precision,
          cost_source text not null
        )`,
        sql`create index sessions_children on sessions (parent)`,
        sql`create index session_summaries_latest on session_summaries (created_at desc, id)`,
        sql`create index session_summaries_children on session_summaries (parent)`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0003-sign-ins",
    async up(db) {
      await sql`create table sign_ins (
        id text primary key,
        hash bytea not null unique,
        browser text not null,
        created_at timestamptz not null,
        seen_at timestamptz not null,
        expires_at timestamptz not null
      )`.execute(db);
    },
  },
  {
    name: "0004-money",
    async up(db) {
      for (const statement of [
        sql`create table spending (
          session text primary key references sessions (id),
          root text not null,
          project text,
          person text,
          task text,
          role text,
          harness text,
          usd double precision not null default 0,
          unknown_calls integer not null default 0,
          subscription_usd double precision not null default 0,
          subscription_unknown_calls integer not null default 0,
          day text,
          day_usd double precision not null default 0,
          day_unknown_calls integer not null default 0,
          day_subscription_usd double precision not null default 0,
          day_subscription_unknown_calls integer not null default 0,
          call_turn text,
          call_usd double precision not null default 0,
          call_subscription_usd double precision not null default 0,
          open boolean not null default false
        )`,
        sql`create index spending_root on spending (root)`,
        sql`create index spending_project_day on spending (project, day)`,
        sql`create index spending_person_day on spending (person, day)`,
        sql`create table usage_entries (
          session text not null references spending (session) on delete cascade,
          seq integer not null,
          at timestamptz not null,
          day text not null,
          vendor text,
          model text not null,
          input bigint not null,
          cache_read bigint not null,
          cache_write bigint not null,
          output bigint not null,
          cost_usd double precision,
          cost_source text not null,
          primary key (session, seq)
        )`,
        sql`create index usage_entries_at on usage_entries (at)`,
        sql`create table budget_agreements (
          key text primary key,
          usd double precision not null,
          unknown boolean not null,
          person text not null
        )`,
        sql`create table budget_questions (
          session text not null references sessions (id),
          approval text not null,
          root text not null,
          agreements jsonb not null,
          primary key (session, approval)
        )`,
        sql`create index budget_questions_root on budget_questions (root)`,
        sql`create table merged_changes (
          root text not null references sessions (id),
          task text not null,
          text text not null,
          commit text,
          at timestamptz not null,
          primary key (root, task)
        )`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0005-deadlines",
    async up(db) {
      for (const statement of [
        sql`create table deadlines (
          session text not null references sessions (id),
          approval text not null,
          due_at timestamptz not null,
          primary key (session, approval)
        )`,
        sql`create index deadlines_due on deadlines (due_at)`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0006-audit",
    async up(db) {
      for (const statement of [
        sql`create table audit (
          n bigint primary key,
          session text,
          seq integer,
          at timestamptz not null,
          actor jsonb not null,
          kind text not null,
          body text not null,
          prev text not null,
          hash text not null
        )`,
        sql`create unique index audit_events on audit (session, seq)`,
        // The chain begins here: what the log holds already has no rows.
        sql`insert into audit
          select 1, null, null, began.at, '{"kind": "orchestration", "name": "tutti"}', 'audit.began', began.body, began.prev,
            encode(sha256(convert_to(began.prev
              || '{"at":' || to_json(to_char(began.at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
              || ',"body":' || to_json(began.body)
              || ',"by":{"kind":"orchestration","name":"tutti"},"kind":"audit.began","n":1,"seq":null,"session":null}', 'UTF8')), 'hex')
          from (select
            date_trunc('milliseconds', now()) as at,
            '{"position":' || coalesce((select max(position) from events), 0) || ',"v":1}' as body,
            repeat('0', 64) as prev) as began`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0007-web-read-models",
    async up(db) {
      for (const statement of [
        // They are made anew from the log, whose rows then have what the new columns ask for.
        sql`delete from session_summaries`,
        sql`alter table session_summaries
          add column activity text not null,
          add column activity_since timestamptz not null,
          add column repository text,
          add column harness text,
          add column phase text,
          add column tasks_total integer not null,
          add column tasks_ended integer not null,
          add column tasks_waiting integer not null,
          add column outcome text,
          add column files integer,
          add column additions integer,
          add column deletions integer,
          add column questions integer not null`,
        sql`create index session_summaries_rested on session_summaries (activity_since desc) where parent is null`,
        sql`create table inbox_questions (
          session text not null references sessions (id),
          approval text not null,
          root text not null,
          subject jsonb not null,
          likeness text,
          at timestamptz not null,
          primary key (session, approval)
        )`,
        sql`create table inbox_failures (
          root text not null references sessions (id),
          task text not null,
          outcome text not null,
          detail text not null,
          at timestamptz not null,
          primary key (root, task)
        )`,
        sql`create table transcripts (
          session text not null references sessions (id),
          seq integer not null,
          root text not null,
          words tsvector not null,
          primary key (session, seq)
        )`,
        sql`create index transcripts_words on transcripts using gin (words)`,
        sql`create index events_of_sessions on events (session, position)`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0008-push-subscriptions",
    async up(db) {
      for (const statement of [
        sql`create table push_subscriptions (
          endpoint text primary key,
          sign_in text not null references sign_ins (id) on delete cascade,
          p256dh text not null,
          auth text not null,
          created_at timestamptz not null
        )`,
        sql`create index push_subscriptions_sign_in on push_subscriptions (sign_in)`,
      ])
        await statement.execute(db);
    },
  },
  {
    name: "0009-images",
    async up(db) {
      await sql`create table images (
        id text primary key,
        type text not null,
        size integer not null,
        content bytea not null,
        created_at timestamptz not null
      )`.execute(db);
    },
  },
];

/**
 * Brings the tables of the database at `url` up to date. Several nodes may do so at once: one works, the others wait
 * and find it done. Throws, and leaves the database as it was, when a migration fails or when the database was
 * written by a newer Tutti.
 */
export async function migrate(url: string, entries: readonly MigrationEntry[] = migrations): Promise<void> {
  await exclusively(url, "migrations", async () => {
    // Migrations may rightly take longer than the statements of daily life.
    const { kysely } = connect<unknown>(url, { statement_timeout: 0, max: 2 });
    try {
      const provider = {
        getMigrations: async () => Object.fromEntries(entries.map((entry) => [entry.name, { up: entry.up }])),
      };
      const known = new Set(entries.map((entry) => entry.name));
      const migrator = new Migrator({ db: kysely, provider });
      const { error, results } = await migrator.migrateToLatest();
      if (error === undefined) return;
      const failed = results?.find((result) => result.status === "Error")?.migrationName;
      throw new Error(
        failed === undefined
          ? `The database's tables do not fit this version of Tutti, which knows ${[...known].join(", ")}: a newer one wrote them. Use that version.`
          : `The database migration ${failed} failed; nothing was changed.`,
        { cause: error },
      );
    } finally {
      await kysely.destroy();
    }
  });
}
