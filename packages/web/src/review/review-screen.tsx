/** A change before it merges: what was found, every line, and the person's decision. */
import "./review.css";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef, useState } from "react";
import { useWidth } from "../app/viewport.ts";
import type { FamilyView } from "../connection/family.ts";
import { useIsConnected, useShownFamily } from "../connection/use-connection.ts";
import { announce } from "../design/announce.tsx";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { Empty, SkeletonRows, Trouble } from "../design/screen-states.tsx";
import { useKeys } from "../keys/keys.ts";
import { DeclineDialog, MergeDialog, SendBackDialog } from "./decision-dialogs.tsx";
import { DecisionPane } from "./decision-pane.tsx";
import { type DiffHandle, DiffPane } from "./diff-pane.tsx";
import { FilesPane } from "./files-pane.tsx";
import type { ReviewFinding } from "./findings.ts";
import { useDrawingChoice } from "./kept.ts";
import { PhoneFile, PhoneLists } from "./phone-review.tsx";
import { obstaclesOf, type Review, reviewOf, standingOf, taskToShow } from "./review.ts";
import { ReviewBar, ReviewMenu, TaskChoice } from "./review-bar.tsx";
import { useAnswer } from "./use-answer.ts";
import { useReading } from "./use-reading.ts";

export function ReviewScreen() {
  const { state, reload } = useShownFamily();
  const { task } = useSearch({ from: "/s/$id/changes" });
  if (state.status === "live") {
    const { root } = state.view;
    const shown = task !== undefined && task in root.tasks ? task : taskToShow(root);
    const review = shown === undefined ? null : reviewOf(root, shown);
    if (review) return <LiveReview key={`${root.id} ${shown}`} view={state.view} review={review} />;
    return (
      <Plain title={root.spec.title}>
        <Empty
          title="No change yet"
          action={
            <Link to="/s/$id" params={{ id: root.id }} search={{}} className="btn">
              Open the session
            </Link>
          }
        >
          When an agent has changed something, its diff, its checks and its review stand here.
        </Empty>
      </Plain>
    );
  }
  return (
    <Plain title="Changes" isBusy={state.status === "loading"}>
      {state.status === "failed" ? (
        <Trouble error={state.error} retry={reload} />
      ) : (
        <SkeletonRows rows={12} />
      )}
    </Plain>
  );
}

function Plain({
  title,
  isBusy = false,
  children,
}: {
  title: string;
  isBusy?: boolean;
  children: React.ReactNode;
}) {
  return (
    <section className="pane" aria-label="Changes" aria-busy={isBusy}>
      <div className="bar">
        <h1>{title}</h1>
      </div>
      {children}
    </section>
  );
}

/** Wider than this, both sides of a change stand side by side. */
const splitFrom = matchMedia("(min-width: 1500px)");

function LiveReview({ view, review }: { view: FamilyView; review: Review }) {
  const { root, children, events } = view;
  const width = useWidth();
  const isPhone = width === "phone";
  const navigate = useNavigate({ from: "/s/$id/changes" });
  const { file: shownFile } = useSearch({ from: "/s/$id/changes" });
  const isConnected = useIsConnected();
  const reading = useReading(review, { root, children, events });
  const answering = useAnswer(root.id);
  const [choice, choose] = useDrawingChoice();
  const isSplit = !isPhone && (choice.split ?? splitFrom.matches);
  const [dialog, setDialog] = useState<"merge" | "send-back" | "decline">();
  const [current, setCurrent] = useState<string | undefined>(shownFile);
  const [currentFinding, setCurrentFinding] = useState<string>();
  const diff = useRef<DiffHandle>(null);

  const { view: shownView, files, views, drafts } = reading;
  const standing = standingOf(review);
  const isAsked = standing.kind === "asked";
  const obstacles = obstaclesOf(review);

  // The address names a file: it is led to once it is known.
  const led = useRef<string>(undefined);
  if (!isPhone && shownFile !== undefined && files && led.current !== shownFile) {
    led.current = shownFile;
    requestAnimationFrame(() => diff.current?.toFile(shownFile));
  }

  const toFile = (path: string) => {
    if (isPhone) return void navigate({ search: (before) => ({ ...before, file: path }) });
    if (!files?.some((one) => one.path === path)) reading.show("all");
    diff.current?.setOpen(path, true);
    diff.current?.toFile(path);
    return undefined;
  };
  const toFinding = (finding: ReviewFinding) => {
    setCurrentFinding(finding.id);
    if (isPhone) return toFile(finding.finding.file);
    // A fixed one is best seen by its fix.
    if (finding.outcome.kind === "fixed" && finding.commit !== null) reading.show("fix", finding);
    requestAnimationFrame(() => diff.current?.toFinding(finding.id));
    return undefined;
  };
  const stepFile = (step: number) => {
    const at = files?.findIndex(({ path }) => path === current) ?? -1;
    const next = files?.[Math.min(Math.max(at + step, 0), files.length - 1)];
    if (next) toFile(next.path);
    return next !== undefined;
  };
  const stepFinding = (step: number) => {
    const all = review.findings;
    const at = all.findIndex(({ id }) => id === currentFinding);
    const next = all[(at + step + all.length) % Math.max(1, all.length)];
    if (next) toFinding(next);
    return next !== undefined;
  };
  const toggleViewed = () => {
    if (current === undefined) return false;
    const viewed = !reading.isViewed(current);
    reading.setViewed(current, viewed);
    diff.current?.setOpen(current, !viewed);
    announce(viewed ? "Viewed" : "Not viewed");
    return true;
  };
  const mayAnswer = isAsked && isConnected && answering.sending === undefined;
  useKeys({
    "[": () => stepFinding(-1),
    "]": () => stepFinding(1),
    ",": () => stepFile(-1),
    ".": () => stepFile(1),
    x: toggleViewed,
    u: () => choose({ split: !isSplit }),
    w: () => choose({ wrap: !choice.wrap }),
    o: () => void navigate({ to: "/s/$id", params: { id: root.id }, search: {} }),
    c: () => diff.current?.noteHere() ?? false,
    m: () => (mayAnswer ? setDialog("merge") : false),
    n: () => (mayAnswer ? setDialog("send-back") : false),
  });

  const approval = isAsked ? standing.question.id : undefined;
  const answer = async (
    what: "merge" | "send-back" | "decline",
    given: Parameters<typeof answering.send>[1],
  ) => {
    setDialog(undefined);
    const done = await answering.send(what, given);
    if (done && what === "send-back") drafts.clear();
  };
  const dialogs = approval !== undefined && (
    <>
      {dialog === "merge" && (
        <MergeDialog
          commit={review.candidate.commit}
          target={review.target}
          obstacles={obstacles}
          onClose={() => setDialog(undefined)}
          onMerge={(reason) => void answer("merge", { approval, answer: "allow", reason })}
        />
      )}
      {dialog === "send-back" && (
        <SendBackDialog
          drafts={drafts}
          findings={review.findings}
          onClose={() => setDialog(undefined)}
          onSend={(notes, reason) => void answer("send-back", { approval, answer: "deny", notes, reason })}
        />
      )}
      {dialog === "decline" && (
        <DeclineDialog
          onClose={() => setDialog(undefined)}
          onDecline={(reason) => void answer("decline", { approval, answer: "deny", reason })}
        />
      )}
    </>
  );
  const decision = {
    ...{ reading, answering },
    onMerge: () => setDialog("merge"),
    onSendBack: () => setDialog("send-back"),
    onFile: toFile,
  };
  const onDecline = isAsked ? () => setDialog("decline") : undefined;
  const counts = useCounts(review, views, shownView, files?.length);

  if (isPhone) {
    if (shownFile !== undefined)
      return (
        <PhoneFile
          {...{ reading, choice }}
          path={shownFile}
          handle={diff}
          onStep={(step) => {
            const at = files?.findIndex(({ path }) => path === shownFile) ?? -1;
            const next = files?.[at + step];
            if (next) void navigate({ search: (before) => ({ ...before, file: next.path }), replace: true });
          }}
          onBack={() => void navigate({ search: ({ file: _, ...before }) => before })}
        />
      );
    return (
      <section className="pane" aria-label="Your decision">
        <div className="bar">
          <Link
            to="/s/$id"
            params={{ id: root.id }}
            search={{}}
            className="btn btn-ghost btn-icon !-ml-3"
            aria-label="The session"
          >
            <Icon name="back" size={20} />
          </Link>
          <h1>{root.spec.title}</h1>
          <TaskChoice reading={reading} />
          <span className="gap" />
          <ReviewMenu {...{ choice, choose, onDecline }} isSplit={undefined} />
        </div>
        <DecisionPane {...decision} isPhone>
          <PhoneLists reading={reading} onFile={toFile} onFinding={toFinding} />
        </DecisionPane>
        {dialogs}
      </section>
    );
  }
  return (
    <div className="review">
      <ReviewBar {...{ reading, counts, choice, choose, isSplit, onDecline }} isNarrow={width !== "full"} />
      {width === "full" && (
        <FilesPane
          {...{ reading, current, currentFinding }}
          onFile={toFile}
          onFinding={toFinding}
          onNote={(note) => diff.current?.toLine(note)}
        />
      )}
      <section className="pane" aria-label="Changes">
        {reading.trouble !== null && shownView.kind === "all" && files && (
          <div className="banner">
            <Icon name="warning" size={14} />
            <span className="flex-1">
              The machine cannot be asked. This is what the log kept of the change, which may be cut.
            </span>
            <Button size="small" onClick={reading.retry}>
              Try again
            </Button>
          </div>
        )}
        <DiffPane
          key={`${shownView.base} ${shownView.commit}`}
          {...{ reading, choice, isSplit }}
          onFile={setCurrent}
          handle={diff}
        />
      </section>
      <aside className="pane review-right" aria-label="Your decision">
        <DecisionPane {...decision} />
      </aside>
      {dialogs}
    </div>
  );
}

/** How many files each view has, where that is known. */
function useCounts(
  { candidate }: Review,
  views: ReturnType<typeof useReading>["views"],
  shown: { kind: string },
  count: number | undefined,
): Partial<Record<string, number>> {
  return useMemo(() => {
    const all: Partial<Record<string, number>> = { all: candidate.files.length };
    if (count !== undefined && views.some(({ kind }) => kind === shown.kind)) all[shown.kind] = count;
    return all;
  }, [candidate.files.length, views, shown.kind, count]);
}
