/** Questions of the same kind, which can be answered together. */

import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Mark } from "../design/mark.tsx";
import { Age } from "../design/time.tsx";
import { type Question, useGive } from "./use-give.ts";
import { weightOf } from "./words.ts";

/** @param questions the one that is open first, then those like it */
export function AlikeQuestions({ questions }: { questions: readonly Question[] }) {
  const give = useGive();
  const isConnected = useIsConnected();
  const [first] = questions;
  if (!first || questions.length < 2) return null;
  const count = questions.length;
  // What cannot be undone is seen one by one before a yes.
  const mayAllow = weightOf(first.subject) !== "irreversible";
  return (
    <section className="ask-alike" aria-label="Requests like this">
      <h3 className="ask-label">{count === 2 ? "1 more like this" : `${count - 1} more like this`}</h3>
      <ul>
        {questions.slice(1).map((question) => (
          <li key={question.approval}>
            {question.harnesses.slice(0, 1).map((harness) => (
              <Mark key={harness} harness={harness} />
            ))}
            <span className="cut flex-1" title={question.title}>
              {question.title}
            </span>
            <Age at={question.at} className="text-12 text-text-3" />
          </li>
        ))}
      </ul>
      <div className="mt-3 flex flex-wrap gap-2">
        {mayAllow && (
          <Button disabled={!isConnected} onClick={() => give(questions, { answer: "allow" })}>
            Allow these {count}
          </Button>
        )}
        <Button disabled={!isConnected} onClick={() => give(questions, { answer: "deny" })}>
          Deny these {count}
        </Button>
      </div>
    </section>
  );
}
