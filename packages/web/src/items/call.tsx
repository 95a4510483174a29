/** A tool call: one line, with what it was given and what came of it behind a press. */
import type { ToolCall, ToolKind } from "@tutti/core";
import { classNames } from "../design/class-names.ts";
import { Icon } from "../design/icon.tsx";
import { age } from "../design/words.ts";
import type { CallStep } from "../session/timeline/block.ts";
import { callFields, callTitle } from "../session/timeline/calls.ts";
import { lastLines, plainOutput } from "../session/timeline/output.ts";
import { Diff } from "./diff.tsx";
import { Entry } from "./entry.tsx";
import { type ItemProps, useTimeline } from "./item.ts";
import { SubAgentName } from "./message.tsx";

const verbs = {
  shell: "$",
  edit: "Edit",
  read: "Read",
  search: "Search",
  web: "Fetch",
  lent: "Use",
  mcp: "Use",
  subagent: "Send out",
  other: "Use",
} as const satisfies Record<ToolKind, string>;

export function Call({ row }: ItemProps<"call">) {
  const { isOpen, toggle, session } = useTimeline();
  const { step, isNested } = row;
  const { call, finished } = step;
  const key = `call-${step.key}`;
  const open = isOpen(key);
  const trouble = troubleOf(step);
  const took = finished ? Date.parse(finished.at) - Date.parse(step.at) : 0;
  return (
    <Entry row={row}>
      <div className={classNames(isNested && call.agent !== undefined && "nested")}>
        <button type="button" className="call" aria-expanded={open} onClick={() => toggle(key)}>
          {trouble === undefined ? (
            <Icon name="right" size={14} className={classNames("text-text-3", open && "rotate-90")} />
          ) : (
            <Icon name="cross" size={14} label={trouble.label} className="text-stop" />
          )}
          {call.agent !== undefined && <SubAgentName name={call.agent} />}
          <span className="flex-none text-text-3">{verbs[call.kind]}</span>
          <code className="cut" title={callTitle(call, undefined)}>
            {callTitle(call, session(row.block.session)?.spec.workspace)}
          </code>
          {took >= 1_000 && <span className="ml-auto flex-none text-text-3">{age(took)}</span>}
        </button>
        {!open && trouble !== undefined && trouble.words !== "" && (
          <p className="cut pl-[22px] text-12 leading-[20px] text-stop">{trouble.words}</p>
        )}
        {open && <CallDetail step={step} />}
      </div>
    </Entry>
  );
}

/** Why a call is never folded: it failed, or somebody said no. */
function troubleOf({ decision, finished }: CallStep): { label: string; words: string } | undefined {
  if (decision.effect === "deny") return { label: "Denied", words: `Denied: ${decision.reason}` };
  if (finished && !finished.ok)
    return { label: "Failed", words: lastLines(finished.output.text, 1)[0] ?? "It failed" };
  return undefined;
}

function CallDetail({ step: { call, finished, decision } }: { step: CallStep }) {
  const fields = callFields(call);
  const isRead = call.kind === "read";
  return (
    <div className="boxed !mt-1 mb-1">
      <CallWords call={call} />
      {fields.map(({ name, text, isDiff }) => (
        <div key={name} className="output">
          {fields.length > 1 && <span className="text-text-3">{name} </span>}
          {isDiff ? <Diff patch={text} /> : text}
        </div>
      ))}
      {decision.effect !== "allow" && <p className="output text-text-2">{decision.reason}</p>}
      {finished && finished.output.text.trim() !== "" && (
        <Output text={finished.output.text} cut={finished.output.cut} isQuiet={isRead} />
      )}
      {finished === null && <p className="output text-text-3">No answer yet</p>}
    </div>
  );
}

function CallWords({ call }: { call: ToolCall }) {
  if (call.command !== undefined)
    return (
      <pre className="output">
        <span className="text-text-3">$ </span>
        {call.command}
      </pre>
    );
  return <p className="output text-text-2">{[call.name, ...(call.paths ?? [])].join("  ")}</p>;
}

/** What a program printed, without colours; what the log left out is said. */
export function Output({ text, cut, isQuiet = false }: { text: string; cut: number; isQuiet?: boolean }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <pre className={classNames("output", isQuiet && "text-text-2")} tabIndex={0}>
      {plainOutput(text).trimEnd()}
      {cut > 0 && (
        <span className="text-text-3">{`\n${cut.toLocaleString("en")} characters are not kept`}</span>
      )}
    </pre>
  );
}
