import type { PolicyCheckAnswer } from "@tutti/core";
import { useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { troubleWords } from "../design/screen-states.tsx";
import { checkOf, verdictWords } from "./sentences.ts";
import { Votes } from "./votes.tsx";

const colours = { allow: "text-pass", ask: "text-you", deny: "text-stop" } as const;

/** Says what the rules would make of a command or a host; nothing is run. */
export function TryIt({ repository, agent }: { repository?: string; agent?: string }) {
  const client = useClient();
  const [typed, setTyped] = useState("");
  const [isConfined, setConfined] = useState(true);
  const [answer, setAnswer] = useState<PolicyCheckAnswer>();
  const [trouble, setTrouble] = useState<string>();
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    const about = checkOf(typed);
    if (!about) return;
    setAsking(true);
    setTrouble(undefined);
    try {
      setAnswer(
        await client.policyCheck({
          ...{ about, confined: isConfined },
          ...(repository !== undefined && { repository }),
          ...(agent !== undefined && { agent }),
        }),
      );
    } catch (error) {
      setAnswer(undefined);
      setTrouble(troubleWords(error));
    } finally {
      setAsking(false);
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <div className="flex gap-2">
        <input
          className="field flex-1 font-mono text-12"
          aria-label="A command, or an address"
          placeholder="git push --force origin main"
          spellCheck={false}
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
        />
        <Button type="submit" disabled={typed.trim() === "" || isAsking}>
          {isAsking ? "Asking…" : "Try it"}
        </Button>
      </div>
      <label className="mt-2 flex min-h-6 items-center gap-2 text-12 text-text-2">
        <input type="checkbox" checked={isConfined} onChange={({ target }) => setConfined(target.checked)} />
        By a confined agent
      </label>
      <div role="status">
        {trouble !== undefined && <p className="mt-2 text-stop">{trouble}</p>}
        {answer && (
          <div className="mt-2">
            <p className={`font-medium ${colours[answer.verdict]}`}>{verdictWords(answer)}</p>
            {answer.reason !== null && <p>{answer.reason}</p>}
            {answer.effect.map((one) => (
              <p key={one} className="text-text-2">
                {one}
              </p>
            ))}
            {answer.alternative !== null && <p className="text-text-2">Safer: {answer.alternative}</p>}
            {answer.notes.map((note) => (
              <p key={note} className="text-12 text-text-3">
                {note}
              </p>
            ))}
            <Votes actions={answer.actions} />
          </div>
        )}
      </div>
    </form>
  );
}
