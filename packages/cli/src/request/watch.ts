/** Watches a request to its end: shows it, and brings its questions to the person. */
import type { Client } from "@tutti/client";
import type { ApprovalSubject, SessionState } from "@tutti/core";
import type { Cli } from "../cli.ts";
import type { Line } from "../terminal/text.ts";
import { answerQuestion } from "./answer.ts";
import { ask } from "./ask.ts";
import { questionLine } from "./card.ts";
import { followRequest, loadRequest, type Question, questions, type Request } from "./follow.ts";
import { noteForm } from "./notes.ts";
import type { Screen } from "./screen.ts";
import { story } from "./story.ts";
import type { HarnessTitles } from "./words.ts";

export interface WatchOptions {
  cli: Cli;
  client: Client;
  session: string;
  titles: HarnessTitles;
  screen: Screen;
  /** Whether questions are asked here; else it is said how to answer them. */
  asking: boolean;
  /** Abort: the person leaves; the request goes on. */
  leaving: AbortSignal;
  /** Told of every state of the request. */
  observe?(request: Request): void;
}

/** Resolves with the request when it has ended; undefined when the person left before. */
export async function watch(options: WatchOptions): Promise<Request | undefined> {
  const { client, session, titles, screen, leaving, observe } = options;
  const before = await loadRequest(client, session);
  const goal = new Map([before.root, ...before.children].map(({ id, seq }) => [id, seq]));
  const ending = new AbortController();
  const attend = attendant(options);
  try {
    for await (const { logged, request } of followRequest(
      client,
      session,
      AbortSignal.any([leaving, ending.signal]),
    )) {
      const own =
        logged.session === request.root.id
          ? request.root
          : request.children.find(({ id }) => id === logged.session);
      if (own) screen.tell(story(logged, { root: request.root, session: own, titles }));
      if ((goal.get(logged.session) ?? 0) <= logged.seq) goal.delete(logged.session);
      // What was said and answered before is history: it is told, and nobody is asked about it.
      if (goal.size > 0) continue;
      screen.show(request);
      observe?.(request);
      attend(request);
      if (request.root.closed !== null) return request;
    }
    return undefined;
  } finally {
    ending.abort();
    attend(undefined);
    screen.close();
  }
}

/** Sees to a request's questions, one after the other; without a request it stops. */
function attendant({
  cli,
  client,
  screen,
  asking,
  leaving,
}: WatchOptions): (request: Request | undefined) => void {
  const told = new Set<string>();
  let latest: Request | undefined;
  let current: { approval: string; abort: AbortController } | undefined;

  function attend(request: Request | undefined): void {
    latest = request;
    const waiting = request && !leaving.aborted ? questions(request).filter(needsPerson) : [];
    if (current) {
      const { approval, abort } = current;
      if (!waiting.some((question) => question.approval.id === approval)) abort.abort();
      return;
    }
    for (const { session, approval } of waiting) {
      // Once is enough: until the log tells of an answer, the same question is still there.
      if (told.has(approval.id)) continue;
      told.add(approval.id);
      if (asking) {
        put(session, approval);
        return;
      }
      screen.tell(howToAnswer(approval).map((text) => ({ lead: [], text })));
    }
  }

  function put(session: SessionState, approval: Question["approval"]): void {
    const abort = new AbortController();
    current = { approval: approval.id, abort };
    screen.pause();
    const answering = async () => {
      const said = await ask(cli, approval.subject, session, AbortSignal.any([abort.signal, leaving]));
      if (said)
        await answerQuestion(client, { session: session.id, approval: approval.id }, said.answer, said);
      else if (!leaving.aborted) cli.say([{ text: "  The question is settled.", look: "dim" }]);
    };
    answering()
      .catch((error: unknown) => {
        cli.say(`  ${error instanceof Error ? error.message : String(error)}`);
        for (const line of howToAnswer(approval)) cli.say(line);
      })
      .finally(() => {
        current = undefined;
        screen.resume();
        if (latest) attend(latest);
      });
  }
  return attend;
}

const howToAnswer = ({ id, subject }: Question["approval"]): Line[] => [
  [{ text: `waits for you: ${questionLine(subject)}`, look: "yellow" }],
  [`  look: tutti approvals ${id}`],
  [`  yes:  tutti approve ${id}`],
  [`  no:   tutti deny ${id} --reason "…"`],
  ...(subject.kind === "merge" ? [[`  back: tutti deny ${id} --note "${noteForm}"`]] : []),
];

/** A merge that the person said yes to beforehand is answered by the log's next event. */
function needsPerson({ session, approval: { subject } }: Question): boolean {
  return !(subject.kind === "merge" && session.spec.preapproved.includes("merge") && isPlain(subject));
}

const isPlain = ({ verdict, warnings }: Extract<ApprovalSubject, { kind: "merge" }>): boolean =>
  verdict.approved && warnings.length === 0;
