import { type Evidence, passed } from "@tutti/core";
import { useState } from "react";
import { Icon, type IconName } from "../design/icon.tsx";
import { duration } from "../design/words.ts";
import type { Fact, Sign } from "./decision.ts";
import { InlineCode } from "./inline-code.tsx";

const signs = {
  pass: { icon: "check", colour: "text-pass", word: "Good" },
  stop: { icon: "cross", colour: "text-stop", word: "Not good" },
  look: { icon: "warning", colour: "text-you", word: "Look at it" },
  quiet: { icon: "state-idle", colour: "text-text-3", word: "To know" },
  running: { icon: "state-working", colour: "text-work", word: "Running" },
} as const satisfies Record<Sign, { icon: IconName; colour: string; word: string }>;

/** What a person reads before they decide. */
export function FactsList({
  facts,
  evidence,
  onFile,
}: {
  facts: readonly Fact[];
  evidence: readonly Evidence[];
  onFile(path: string): void;
}) {
  return (
    <ul className="fact-list">
      {facts.map((fact) => {
        const { kind, sign, title, details, paths } = fact;
        const { icon, colour, word } = signs[sign];
        const first = paths?.[0];
        return (
          <li key={`${kind} ${title}`}>
            <Icon name={icon} size={14} label={word} className={colour} />
            <div className="min-w-0 [overflow-wrap:anywhere]">
              {first === undefined ? (
                <InlineCode text={title} />
              ) : (
                <button
                  type="button"
                  className="text-press text-left"
                  onClick={() => onFile(first)}
                  title={paths?.join("\n")}
                >
                  <InlineCode text={title} />
                </button>
              )}
              {kind === "checks" && evidence.length > 0 ? (
                <Checks evidence={evidence} names={details[0] ?? ""} />
              ) : (
                details.map((detail) => (
                  <span key={detail} className="fact-detail">
                    <InlineCode text={detail} />
                  </span>
                ))
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}

/** The names of the checks; pressed, each with its time and what it said. */
function Checks({ evidence, names }: { evidence: readonly Evidence[]; names: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="text-press fact-detail flex items-center gap-1"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{names}</span>
        <Icon name={isOpen ? "down" : "right"} size={14} className="text-text-3" />
      </button>
      {isOpen && (
        <ul className="mt-1">
          {evidence.map((one) => (
            <Check key={one.name} evidence={one} />
          ))}
        </ul>
      )}
    </>
  );
}

function Check({ evidence }: { evidence: Evidence }) {
  const { name, command, durationMs, output, treeHash, timedOut, exitCode, changedFiles, cached } = evidence;
  const isGood = passed(evidence);
  const [isOpen, setOpen] = useState(!isGood);
  const why = timedOut
    ? "hit its time limit"
    : changedFiles.length > 0
      ? `changed ${changedFiles.join(", ")}`
      : exitCode === null
        ? "was ended"
        : `ended with ${exitCode}`;
  return (
    <li className="text-12">
      <button
        type="button"
        className="flex min-h-6 w-full items-center gap-2 text-left"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
        title={`${command}\nran on tree ${treeHash}`}
      >
        <Icon
          name={isGood ? "check" : "cross"}
          size={14}
          className={isGood ? "text-pass" : "text-stop"}
          label={isGood ? "passed" : "failed"}
        />
        <span className="cut min-w-0 flex-1">
          {name}
          {!isGood && <span className="text-stop"> {why}</span>}
        </span>
        <span className="text-text-3">{cached ? "kept" : duration(durationMs)}</span>
      </button>
      {isOpen && (
        <div className="mb-2">
          <p className="text-text-3">
            <code>{command}</code>, ran on tree <code>{treeHash.slice(0, 7)}</code>
          </p>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys */}
          <pre className="check-output" tabIndex={0}>
            {output.text.trim() || "It said nothing"}
          </pre>
        </div>
      )}
    </li>
  );
}
