/** What stands in a request above its buttons: how it stands, what it is, who asks, and every fact. */
import type { InboxItem, SessionState } from "@tutti/core";
import { type ReactNode, type Ref, useId } from "react";
import { useWidth } from "../app/viewport.ts";
import { ActivityIcon } from "../design/activity.tsx";
import { useNow } from "../design/time.tsx";
import { age, exactTime } from "../design/words.ts";
import { FailedBody } from "./failed-request.tsx";
import { MergeBody } from "./merge-request.tsx";
import { Pieces } from "./pieces.tsx";
import { QuestionBody } from "./question-body.tsx";
import { WhoAsks } from "./who-asks.tsx";
import { headline, isPolicySubject, plainText, weightWords } from "./words.ts";

export function AskBody({
  item,
  state,
  ended,
  headlineRef,
  children,
}: {
  item: InboxItem;
  state: SessionState | undefined;
  /** How it ended; undefined while it waits. */
  ended?: ReactNode;
  headlineRef?: Ref<HTMLHeadingElement>;
  children?: ReactNode;
}) {
  const isPhone = useWidth() === "phone";
  const id = useId();
  const pieces = headline(item, isPhone);
  return (
    <article className="ask" aria-labelledby={id}>
      {ended ?? <Waits item={item} isPhone={isPhone} />}
      <h2 id={id} ref={headlineRef} tabIndex={-1} className="ask-headline" title={plainText(pieces)}>
        <Pieces of={pieces} />
      </h2>
      <WhoAsks item={item} state={state} />
      {item.kind === "failed" ? (
        <FailedBody item={item} state={state} />
      ) : item.subject.kind === "merge" ? (
        <MergeBody item={item} subject={item.subject} state={state} />
      ) : (
        <QuestionBody item={item} state={state} />
      )}
      {children}
    </article>
  );
}

/** State and age, with the weight at the end of the line. */
function Waits({ item, isPhone }: { item: InboxItem; isPhone: boolean }) {
  const now = useNow();
  const failed = item.kind === "failed";
  return (
    <p className={`ask-state ${failed ? "text-stop" : "text-you"}`} title={exactTime(item.at)}>
      <ActivityIcon activity={failed ? "failed" : "waiting"} size={isPhone ? 17 : 14} />
      <span className="flex-1">
        {failed ? "Failed" : "Waiting for you"}, {age(now - Date.parse(item.at))}
      </span>
      {item.kind === "question" && isPolicySubject(item.subject) && !item.subject.agreements && (
        <span className="font-normal text-text-3">{weightWords[item.subject.weight]}</span>
      )}
    </p>
  );
}
