/** Everything that the review's panes share: the change, what of it is shown, what was viewed and noted. */
import { useQuery } from "@tanstack/react-query";
import type { LoggedEvent, SessionState } from "@tutti/core";
import { useCallback, useEffect, useMemo, useState } from "react";
import { lookQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { isUnchangedSince } from "./candidates.ts";
import type { ReviewFinding } from "./findings.ts";
import type { ViewFile } from "./items.ts";
import { type Drafts, rememberSeen, seenCommits, useDrafts, useViewedTrees } from "./kept.ts";
import { splitDiff } from "./patch.ts";
import { heldPatches, openPatches, type Patches } from "./patches.ts";
import { type FileGroup, inReadingOrder } from "./reading-order.ts";
import { type Review, type View, viewsOf } from "./review.ts";

export interface Reading {
  review: Review;
  root: SessionState;
  children: readonly SessionState[];
  events: readonly LoggedEvent[];
  /** All of the change's files, in reading order, whatever is shown of it. */
  groups: FileGroup<ViewFile>[];
  views: View[];
  view: View;
  show(kind: View["kind"], fix?: ReviewFinding): void;
  /** The files of the view, in reading order; undefined while they are not known. */
  files: ViewFile[] | undefined;
  patches: Patches;
  /** Why the machine cannot be asked; what the log kept is shown then. */
  trouble: unknown;
  retry(): void;
  isViewed(path: string): boolean;
  setViewed(path: string, viewed: boolean): void;
  drafts: Drafts;
}

const nowhere = { host: "none", repository: "/" };

export function useReading(
  review: Review,
  { root, children, events }: Pick<Reading, "root" | "children" | "events">,
): Reading {
  const client = useClient();
  const { candidate, candidates, findings, place, session, task } = review;
  const taskId = task.spec.id;

  const { seen } = useMemo(() => {
    const before = seenCommits(session, taskId);
    return { seen: before.filter((commit) => commit !== candidate.commit) };
  }, [session, taskId, candidate.commit]);
  useEffect(() => rememberSeen(session, taskId, candidate.commit), [session, taskId, candidate.commit]);

  const [shown, setShown] = useState<{ kind: View["kind"]; fix?: ReviewFinding }>({ kind: "all" });
  const views = useMemo(() => viewsOf(review, seen, shown.fix), [review, seen, shown.fix]);
  const view = views.find(({ kind }) => kind === shown.kind) ?? views[0];
  if (!view) throw new Error("a change has a view");

  const { base, commit } = view;
  const { host, repository } = place ?? nowhere;
  const list = useQuery({
    ...lookQuery(client, host, { type: "diff.list", repository, base, commit }),
    enabled: place !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: 1,
  });
  const trouble = place === null ? new Error("It is not known where the change is") : list.error;
  const isHeld = trouble !== null && view.kind === "all";

  const withFindings = useMemo(() => new Set(findings.map(({ finding }) => finding.file)), [findings]);
  const groups = useMemo(
    () =>
      inReadingOrder(
        candidate.files.map((file): ViewFile => ({ ...file, from: null })),
        withFindings,
      ),
    [candidate.files, withFindings],
  );
  const listed = list.data?.files;
  const files = useMemo((): ViewFile[] | undefined => {
    const known =
      listed ?? (view.kind === "all" ? candidate.files.map((file) => ({ ...file, from: null })) : undefined);
    const own = known?.filter(({ path }) => view.only?.has(path) !== false);
    return own && inReadingOrder(own, withFindings).flatMap((group) => group.files);
  }, [listed, view, candidate.files, withFindings]);

  const patches = useMemo(() => {
    if (isHeld) {
      const held = [...splitDiff(candidate.diff.text)].map(
        ([path, text]) => [path, { text, cut: 0 }] as const,
      );
      return heldPatches(new Map(held));
    }
    return openPatches(async (paths, signal) => {
      const look = { type: "diff.read" as const, repository, base, commit, paths, context: 3 };
      const answer = await client.look(host, look, { signal });
      if (answer.type === "look.failed") throw new Error(answer.message);
      return answer.patches;
    });
  }, [isHeld, candidate.diff.text, client, host, repository, base, commit]);
  useEffect(() => () => patches.close(), [patches]);

  const { viewed, mark } = useViewedTrees(session, taskId);
  const isViewed = useCallback(
    (path: string) => {
      const tree = viewed[path];
      return tree !== undefined && isUnchangedSince(path, tree, candidates);
    },
    [viewed, candidates],
  );
  const drafts = useDrafts(session, taskId, candidate.tree);
  return {
    ...{ review, root, children, events, groups, views, view, files, patches, trouble, isViewed, drafts },
    show: (kind, fix) => setShown(fix ? { kind, fix } : { kind }),
    retry: () => void list.refetch(),
    setViewed: (path, is) => mark(path, is ? candidate.tree : null),
  };
}
