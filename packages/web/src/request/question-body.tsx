/** A question with everything that an answer is bound to, in the order in which it is weighed. */
import type { ApprovalSubject, InboxItemOf, SessionState } from "@tutti/core";
import { CheckedFacts } from "./checked-facts.tsx";
import { CommandLine } from "./command-line.tsx";
import { PushHistory } from "./push-history.tsx";
import { isPolicySubject, type PolicySubject } from "./words.ts";

/** Refs of a push whose history stands open. */
const refsShown = 10;

export function QuestionBody({
  item,
  state,
}: {
  item: InboxItemOf<"question">;
  state: SessionState | undefined;
}) {
  const { subject } = item;
  if (subject.kind === "trust") return <TrustBody subject={subject} />;
  if (!isPolicySubject(subject)) return null;
  const { quote } = subject;
  return (
    <>
      <What subject={subject} state={state} />
      <div className="ask-columns">
        <section>
          <h3 className="ask-label">What Tutti checked</h3>
          <CheckedFacts item={item} subject={subject} state={state} />
        </section>
        {quote.trim() !== "" && (
          <section>
            <h3 className="ask-label">Why the agent asks, in its words</h3>
            <blockquote className="ask-quote">{quote}</blockquote>
          </section>
        )}
      </div>
    </>
  );
}

function What({ subject, state }: { subject: PolicySubject; state: SessionState | undefined }) {
  const about = subject.weight === "routine" ? [] : [subject.reason, ...subject.effect];
  const command = commandOf(subject, state);
  if (subject.kind === "push") {
    const { updates, remote } = subject.facts;
    return (
      <>
        {command !== undefined && <CommandLine command={command} about={about} />}
        {updates.slice(0, refsShown).map((update) => (
          <PushHistory key={update.ref} update={update} remote={remote} />
        ))}
        {updates.length > refsShown && (
          <p className="mt-2 text-text-2">and {updates.length - refsShown} more refs</p>
        )}
      </>
    );
  }
  if (subject.kind === "turn")
    return (
      <>
        <Effects effect={subject.effect} />
        <blockquote className="ask-text" aria-label="The request's words">
          {subject.text}
        </blockquote>
      </>
    );
  const { call } = subject;
  return (
    <>
      {command !== undefined ? (
        <CommandLine command={command} about={about} />
      ) : (
        <div className="cmd">
          <span className="min-w-0">{(call.paths ?? [call.name, inputWords(call.input)]).join("\n")}</span>
        </div>
      )}
      {call.cwd !== undefined && (
        <p className="mt-2 text-12 text-text-3 [overflow-wrap:anywhere] max-[719px]:text-14">
          in <code>{call.cwd}</code>
        </p>
      )}
      <Effects effect={subject.effect.slice(1)} />
    </>
  );
}

/** What a yes does, beside the headline. */
function Effects({ effect }: { effect: readonly string[] }) {
  if (effect.length === 0) return null;
  return (
    <section>
      <h3 className="ask-label">What a yes does</h3>
      <ul className="grid gap-1">
        {effect.map((words) => (
          <li key={words}>{words}</li>
        ))}
      </ul>
    </section>
  );
}

function TrustBody({ subject }: { subject: Extract<ApprovalSubject, { kind: "trust" }> }) {
  return (
    <>
      <p className="mt-5 text-text-2">
        They run on this machine with your rights. You are asked again when they change.
      </p>
      <div className="cmd mt-3">
        <span className="min-w-0">{subject.items.join("\n")}</span>
      </div>
      <p className="mt-2 text-12 text-text-3 [overflow-wrap:anywhere] max-[719px]:text-14">
        in <code>{subject.repository}</code>
      </p>
    </>
  );
}

/** The command that waits; a push's is the shell call that its turn has open. */
function commandOf(subject: PolicySubject, state: SessionState | undefined): string | undefined {
  if (subject.kind === "tool") return subject.call.command;
  if (subject.kind !== "push" || !state?.turn || state.turn.id !== subject.turn) return undefined;
  return state.turn.calls.findLast(({ kind }) => kind === "shell")?.title;
}

const inputWords = (input: unknown): string => JSON.stringify(input, null, 2).slice(0, 4_000);
