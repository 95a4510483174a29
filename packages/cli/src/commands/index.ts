/**
 * The verbs, in the order in which help shows them.
 *
 * To add one: a file beside this one that exports a `Define`, and a line here. The file is loaded only when its verb is
 * called, so that every verb starts fast.
 */
import type { Define } from "../verb.ts";

export interface Verb {
  name: string;
  summary: string;
  hidden?: boolean;
  load(): Promise<Define>;
}

export const verbs: readonly Verb[] = [
  {
    name: "run",
    summary: "have an agent do a task: implemented, checked, reviewed, merged when you say so",
    load: async () => (await import("./run.ts")).run,
  },
  {
    name: "attach",
    summary: "watch a session; a typed line steers it",
    load: async () => (await import("./attach.ts")).attach,
  },
  { name: "sessions", summary: "list sessions", load: async () => (await import("./sessions.ts")).sessions },
  {
    name: "show",
    summary: "show where a session stands",
    load: async () => (await import("./show.ts")).show,
  },
  {
    name: "events",
    summary: "print a session's log",
    load: async () => (await import("./events.ts")).events,
  },
  {
    name: "approvals",
    summary: "list what waits for your answer",
    load: async () => (await import("./approvals.ts")).approvals,
  },
  { name: "approve", summary: "say yes", load: async () => (await import("./approve.ts")).approve },
  { name: "deny", summary: "say no, with a reason", load: async () => (await import("./deny.ts")).deny },
  {
    name: "interrupt",
    summary: "end what a session's agents do now",
    load: async () => (await import("./interrupt.ts")).interrupt,
  },
  {
    name: "cost",
    summary: "tell what was used and what it cost, by session, task, vendor, model or day",
    load: async () => (await import("./cost.ts")).cost,
  },
  {
    name: "choose",
    summary: "have an agent's next turns served by another model",
    load: async () => (await import("./choose.ts")).choose,
  },
  {
    name: "agents",
    summary: "list the agents that can be given a task",
    load: async () => (await import("./agents.ts")).agents,
  },
  {
    name: "policy",
    summary: "ask what the rules say: of a call, of the log, of what would be otherwise",
    load: async () => (await import("./policy.ts")).policy,
  },
  {
    name: "audit",
    summary: "list who allowed what, and see that nobody changed it",
    load: async () => (await import("./audit.ts")).audit,
  },
  {
    name: "serve",
    summary: "run the server and this machine's host",
    load: async () => (await import("./serve.ts")).serve,
  },
  { name: "stop", summary: "stop them", load: async () => (await import("./stop.ts")).stop },
  {
    name: "status",
    summary: "tell whether they run",
    load: async () => (await import("./status.ts")).status,
  },
  {
    name: "doctor",
    summary: "look whether everything Tutti needs is there",
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "rehearse",
    summary: "serve scripted models, for trying things out without keys",
    load: async () => (await import("./rehearse.ts")).rehearse,
  },
  {
    name: "demo",
    summary: "play the main job on a sample repository",
    hidden: true,
    load: async () => (await import("./demo.ts")).demo,
  },
  {
    name: "serve-server",
    summary: "the server's process",
    hidden: true,
    load: async () => (await import("./serve-server.ts")).serveServer,
  },
  {
    name: "serve-host",
    summary: "the host's process",
    hidden: true,
    load: async () => (await import("./serve-host.ts")).serveHost,
  },
];
