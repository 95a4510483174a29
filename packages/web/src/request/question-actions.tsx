/** The buttons of a question, with their keys and dialogs. On a phone the risky ones stand after the last fact. */
import { type ReactNode, useState } from "react";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { type KeyMap, useKeys } from "../keys/keys.ts";
import { type ActionName, type PlannedAction, planOf } from "./action-plan.ts";
import { AlwaysDialog } from "./always-dialog.tsx";
import { DenyDialog } from "./deny-dialog.tsx";
import type { Standing } from "./held-answer.ts";
import { LossDialog } from "./loss-dialog.tsx";
import { type Given, type Question, useGive } from "./use-give.ts";
import { isPolicySubject, lossOf } from "./words.ts";

export interface QuestionActions {
  /** What stands at the thumb, or in the bar. */
  bar: ReactNode;
  /** What stands after the last fact; on a desktop nothing. */
  last: ReactNode;
  dialogs: ReactNode;
  note: string;
}

export function useQuestionActions(
  item: Question,
  { isPhone, standing }: { isPhone: boolean; standing: Standing | undefined },
): QuestionActions {
  const give = useGive();
  const isConnected = useIsConnected();
  const [dialog, setDialog] = useState<"risk" | "always" | "deny-why">();
  const { subject } = item;
  const plan = planOf(subject, isPhone);
  const answer = (given: Given) => give([item], given);
  const alternative = "alternative" in subject ? subject.alternative : undefined;
  const acts = {
    allow: () => answer({ answer: "allow" }),
    deny: () => answer({ answer: "deny" }),
    alternative: () => answer({ answer: "deny", reason: alternative }),
    always: () => setDialog("always"),
    "deny-why": () => setDialog("deny-why"),
    risk: () => setDialog("risk"),
  } as const satisfies Record<ActionName, () => void>;

  const keys: KeyMap = {};
  for (const { key, name } of [plan.primary, ...plan.beside])
    if (key !== undefined)
      keys[key] = () => {
        // While it is held, the same again sends it now.
        const isOpen = standing === undefined || standing.state !== "sending";
        return isConnected && isOpen ? acts[name]() : false;
      };
  useKeys(keys);

  const close = () => setDialog(undefined);
  const button = (action: PlannedAction, look: "primary" | "plain" | "ghost" | "risk") => (
    <Button
      key={action.name}
      look={look}
      size="large"
      shortcut={action.key?.toUpperCase()}
      disabled={!isConnected}
      title={isConnected ? undefined : "No connection"}
      onClick={acts[action.name]}
    >
      {action.label}
    </Button>
  );
  const lookOf = ({ name }: PlannedAction) =>
    name === "risk" ? "risk" : name === "allow" ? "plain" : "ghost";
  const primary = button(plan.primary, "primary");
  const beside = plan.beside.map((action) => button(action, "plain"));
  const rule = "rule" in subject ? subject.rule : undefined;
  return {
    bar: isPhone ? (
      <>
        {beside}
        {primary}
      </>
    ) : (
      <>
        {primary}
        {beside}
        {plan.last.map((action) =>
          action.name === "deny-why" ? (
            <Button
              key={action.name}
              look="ghost"
              size="large"
              icon
              aria-label="Deny and say why"
              title="Deny and say why"
              disabled={!isConnected}
              onClick={acts["deny-why"]}
              className="!w-[34px]"
            >
              <Icon name="more" />
            </Button>
          ) : null,
        )}
        <span className="flex-1" />
        {plan.last.map((action) => action.name !== "deny-why" && button(action, lookOf(action)))}
      </>
    ),
    last: isPhone && plan.last.map((action) => button(action, lookOf(action))),
    dialogs: (
      <>
        {dialog === "risk" && isPolicySubject(subject) && (
          <LossDialog
            loss={lossOf(subject)}
            onLose={() => answer({ answer: "allow", confirmed: true })}
            onClose={close}
          />
        )}
        {dialog === "always" && rule && (
          <AlwaysDialog
            rule={rule}
            onAllow={() => answer({ answer: "allow", alike: true })}
            onClose={close}
          />
        )}
        {dialog === "deny-why" && (
          <DenyDialog onDeny={(reason) => answer({ answer: "deny", reason })} onClose={close} />
        )}
      </>
    ),
    note:
      subject.kind === "push" && !isPhone
        ? "No answer means no. If the branch moves, this request ends and the agent has to ask again."
        : "No answer means no. The agent waits.",
  };
}
