import type { Explanation } from "@tutti/core";
import { useState } from "react";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { troubleWords } from "../design/screen-states.tsx";
import { Age } from "../design/time.tsx";
import { Votes } from "./votes.tsx";

const effects = { allow: "Allowed", ask: "Asked", deny: "Denied" } as const;

/** How a call in the log came to its decision. */
export function Explain() {
  const client = useClient();
  const [id, setId] = useState("");
  const [found, setFound] = useState<Explanation>();
  const [trouble, setTrouble] = useState<string>();
  const ask = async () => {
    setTrouble(undefined);
    try {
      setFound(await client.explanation(id.trim()));
    } catch (error) {
      setFound(undefined);
      setTrouble(troubleWords(error));
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
          aria-label="Id of a request, a call or a push"
          placeholder="Id of a request, a call or a push"
          spellCheck={false}
          value={id}
          onChange={({ target }) => setId(target.value)}
        />
        <Button type="submit" disabled={id.trim() === ""}>
          Explain
        </Button>
      </div>
      <div role="status">
        {trouble !== undefined && <p className="mt-2 text-stop">{trouble}</p>}
        {found && (
          <div className="mt-2">
            <p>
              <span className="font-medium">{effects[found.recorded.effect]}</span>, <Age at={found.at} />
            </p>
            <code className="block text-12 text-text-2 [overflow-wrap:anywhere]">{found.what}</code>
            {found.question?.answer && (
              <p className="text-text-2">
                Answered by {found.question.by?.name ?? "nobody"}: {found.question.answer}
                {found.question.reason !== null && ` (${found.question.reason})`}
              </p>
            )}
            {found.differs && <p className="text-you">Today it would be decided otherwise.</p>}
            {found.notes.map((note) => (
              <p key={note} className="text-12 text-text-3">
                {note}
              </p>
            ))}
            <Votes actions={found.actions} />
          </div>
        )}
      </div>
    </form>
  );
}
