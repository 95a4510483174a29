/**
 * A request with its buttons, whole: it can be finished here. Beside the inbox's list on a desktop, a page of its own on a
 * phone. Give it a `key` of the item's, so that nothing of one request stays for the next.
 */
import "./request.css";
import type { ApprovalSubjectOf, InboxItem, InboxItemOf, SessionState } from "@tutti/core";
import { type ReactNode, useEffect, useRef } from "react";
import { useWidth } from "../app/viewport.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { ActionBar } from "./action-bar.tsx";
import { AlikeQuestions } from "./alike-questions.tsx";
import { AskBody } from "./ask-body.tsx";
import { useFailedActions } from "./failed-request.tsx";
import { outcomeOf, type Standing } from "./held-answer.ts";
import { useMergeActions } from "./merge-request.tsx";
import { useQuestionActions } from "./question-actions.tsx";
import { useSessionState } from "./session-state.ts";
import { useStandings } from "./use-desk.ts";
import type { Question } from "./use-give.ts";
import { itemKey } from "./words.ts";

export interface RequestViewProps {
  item: InboxItem;
  /** Other questions that may be answered together with it. */
  alike?: readonly Question[];
}

export function RequestView({ item, alike = [] }: RequestViewProps) {
  const { state, isPending } = useSessionState(item.kind === "question" ? item.session : item.root);
  const standing = useStandings().get(itemKey(item));
  const isConnected = useIsConnected();
  // Facts that came one after the other would move what is about to be pressed. Without a connection none will come.
  if (isPending && isConnected) return <div className="scroll" aria-busy="true" />;
  if (item.kind === "failed") return <Failed item={item} state={state} standing={standing} />;
  const { subject } = item;
  return subject.kind === "merge" ? (
    <Merge item={item} subject={subject} state={state} standing={standing} />
  ) : (
    <Asked item={item} alike={alike} state={state} standing={standing} />
  );
}

interface Shown<T extends InboxItem> {
  item: T;
  state: SessionState | undefined;
  standing: Standing | undefined;
}

function Asked({ item, alike, state, standing }: Shown<Question> & { alike: readonly Question[] }) {
  const isPhone = useWidth() === "phone";
  const { bar, last, dialogs, note } = useQuestionActions(item, { isPhone, standing });
  const isOpen = outcomeOf(standing) === undefined;
  return (
    <Layout item={item} state={state} standing={standing} bar={bar} note={note}>
      {isOpen && <AlikeQuestions questions={[item, ...alike]} />}
      {isOpen && last && <div className="ask-last">{last}</div>}
      {dialogs}
    </Layout>
  );
}

function Merge({
  item,
  subject,
  ...shown
}: Shown<InboxItemOf<"question">> & { subject: ApprovalSubjectOf<"merge"> }) {
  const { bar, dialogs } = useMergeActions(item, subject);
  const note = "No answer means no. If the branch moves, this request ends and is asked again.";
  return (
    <Layout item={item} {...shown} bar={bar} note={note}>
      {dialogs}
    </Layout>
  );
}

function Failed({ item, ...shown }: Shown<InboxItemOf<"failed">>) {
  const { bar } = useFailedActions(item, shown.state);
  return <Layout item={item} {...shown} bar={bar} note="Putting it away changes nothing on its branch." />;
}

function Layout({
  item,
  state,
  standing,
  bar,
  note,
  children,
}: Shown<InboxItem> & { bar: ReactNode; note: string; children?: ReactNode }) {
  const isPhone = useWidth() === "phone";
  const headline = useRef<HTMLHeadingElement>(null);
  // A page of its own begins at its headline; beside a list, focus stays in the list.
  useEffect(() => {
    if (isPhone) headline.current?.focus({ preventScroll: true });
  }, [isPhone]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by the keyboard */}
      <section className="scroll ask-scroll" tabIndex={0} aria-label="Facts">
        <AskBody item={item} state={state} headlineRef={headline}>
          {children}
        </AskBody>
      </section>
      <ActionBar itemKey={itemKey(item)} standing={standing} note={note}>
        {bar}
      </ActionBar>
    </>
  );
}
