/** The foot of a request: its buttons, what became of a press, and what no answer means. */
import type { ReactNode } from "react";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { useKeys } from "../keys/keys.ts";
import type { Standing } from "./held-answer.ts";
import { useDesk } from "./use-desk.ts";

export function ActionBar({
  itemKey,
  standing,
  note,
  children,
}: {
  itemKey: string;
  standing: Standing | undefined;
  note: string;
  children: ReactNode;
}) {
  const isConnected = useIsConnected();
  const isPressed = standing !== undefined && "outcome" in standing;
  return (
    <section className="act" aria-label="Your answer">
      <div>
        {standing && !isPressed && (
          <div className="banner mb-3">
            {standing.state === "unsent" ? (
              <i className="dot dot-hollow" />
            ) : (
              <Icon name="policy" size={14} className="text-text-3" />
            )}
            <span className="min-w-0 flex-1 text-text-2">
              {standing.state === "unsent" ? "Not sent. Answer again once connected." : standing.message}
            </span>
          </div>
        )}
        {isPressed ? (
          <Pressed itemKey={itemKey} standing={standing} />
        ) : (
          <div className="act-row">{children}</div>
        )}
        <p>
          {standing && isPressed
            ? pressedNotes[standing.state]
            : isConnected
              ? note
              : "No connection. An answer is not kept to be sent later."}
        </p>
      </div>
    </section>
  );
}

type PressedStanding = Extract<Standing, { outcome: string }>;

const pressedNotes = {
  held: "Nothing is sent yet. Press the same again to send it now.",
  sending: "Sending…",
  sent: "Sent.",
  gone: "Sent.",
} as const satisfies Record<PressedStanding["state"], string>;

function Pressed({ itemKey, standing }: { itemKey: string; standing: PressedStanding }) {
  const desk = useDesk();
  const isHeld = standing.state === "held";
  useKeys({ "mod+z": () => (isHeld ? desk.undo(itemKey) : false) });
  return (
    <div className="act-row" role="status">
      <span className="flex-1 font-semibold">{standing.outcome}</span>
      {isHeld && (
        <>
          <Button size="large" onClick={() => desk.undo(itemKey)}>
            Undo
          </Button>
          <Button size="large" data-autofocus onClick={desk.settle}>
            Send now
          </Button>
        </>
      )}
    </div>
  );
}
