/** What a rule's expression may name, and what it stands for. The one list; expressions are checked against it. */
import type { Action, PolicyPhase, Situation } from "@tutti/core";

interface Variable {
  /** A CEL type, or the fields of one. */
  type: string | Readonly<Record<string, string>>;
  /** Whose value it is: the phases in which it is filled. In all others it is empty. */
  phases: readonly PolicyPhase[] | "all";
  description: string;
}

export const variables = {
  phase: { type: "string", phases: "all", description: "The phase that asks." },
  call: {
    type: {
      tool: "string",
      kind: "string",
      command: "string",
      paths: "list<string>",
      cwd: "string",
      input: "dyn",
      agent: "string",
    },
    phases: ["tool-call"],
    description:
      "The tool call: the harness's own name of the tool, its kind, a shell's command line, a file tool's absolute paths, the folder, the input as the model wrote it, the sub-agent.",
  },
  result: {
    type: { tool: "string", ok: "bool" },
    phases: ["tool-result"],
    description: "What came of a call; its text is in `text`.",
  },
  text: {
    type: "string",
    phases: ["request", "tool-result", "response"],
    description: "The request, the tool's answer, or what the agent says.",
  },
  push: {
    type: { remote: "string", url: "string", atomic: "bool", updates: "list<map<string, dyn>>" },
    phases: ["push"],
    description:
      "The change of a remote. Each update has `ref`, `branch` (empty for a tag), `kind` (create, fast-forward, forced, delete), `tag`, `removed` and `added` (numbers of commits).",
  },
  model: {
    type: "string",
    phases: ["model-call", "session-start"],
    description: "The model's id; empty when it is not known.",
  },
  vendor: {
    type: "string",
    phases: ["model-call", "session-start"],
    description: "Who made the model; empty when it is not known.",
  },
  harness: {
    type: "string",
    phases: ["session-start"],
    description: "The harness that an agent is to be seated with.",
  },
  session: {
    type: {
      id: "string",
      role: "string",
      workspace: "string",
      home: "string",
      confined: "bool",
      pushGate: "bool",
    },
    phases: "all",
    description: "The session: its role (empty without one), its folder, and how it is held.",
  },
  spending: {
    type: { session: "double", tree: "double", projectToday: "double", userToday: "double" },
    phases: ["model-call"],
    description:
      "What was spent so far, in US dollars, where a model is about to be called: also beside a request and a tool call.",
  },
} as const satisfies Record<string, Variable>;
export type VariableName = keyof typeof variables;

/** What has no value in a phase. */
const nothing = {
  call: { tool: "", kind: "", command: "", paths: [], cwd: "", input: {}, agent: "" },
  result: { tool: "", ok: false },
  text: "",
  push: { remote: "", url: "", atomic: false, updates: [] },
  model: "",
  vendor: "",
  harness: "",
};

export function valuesOf(action: Action, situation: Situation): Record<VariableName, unknown> {
  const { session, role, workspace, home, confined, pushGate, spending } = situation;
  return {
    ...nothing,
    ...ownValues(action),
    phase: action.phase,
    session: {
      id: session,
      role: role ?? "",
      workspace: workspace ?? "",
      home: home ?? "",
      confined,
      pushGate,
    },
    spending: {
      session: spending?.session.usd ?? 0,
      tree: spending?.tree.usd ?? 0,
      projectToday: spending?.projectToday?.usd ?? 0,
      userToday: spending?.userToday?.usd ?? 0,
    },
  };
}

function ownValues(action: Action): Partial<Record<VariableName, unknown>> {
  switch (action.phase) {
    case "tool-call": {
      const { name, kind, command = "", paths = [], cwd = "", input, agent = "" } = action.call;
      return { call: { tool: name, kind, command, paths, cwd, input, agent } };
    }
    case "tool-result":
      return { result: { tool: action.name, ok: action.ok }, text: action.text };
    case "request":
    case "response":
      return { text: action.text };
    case "push": {
      const { remote, url, atomic, updates } = action.push;
      return {
        push: {
          remote,
          url,
          atomic,
          updates: updates.map(({ ref, kind, tag, removed, added }) => ({
            ref,
            branch: ref.startsWith("refs/heads/") ? ref.slice("refs/heads/".length) : "",
            kind,
            tag,
            removed: removed.count,
            added: added.count,
          })),
        },
      };
    }
    case "model-call":
      return { model: action.model ?? "", vendor: action.vendor ?? "" };
    case "session-start":
      return { model: action.model ?? "", vendor: action.vendor ?? "", harness: action.harness };
  }
}
