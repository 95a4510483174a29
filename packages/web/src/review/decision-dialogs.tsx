/** The confirmations of what a person decides on a change. */
import type { Finding } from "@tutti/core";
import { useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { counted, shortHash } from "../design/words.ts";
import { noteOf, spotWords } from "./comments.ts";
import type { ReviewFinding } from "./findings.ts";
import { InlineCode } from "./inline-code.tsx";
import type { Drafts } from "./kept.ts";

export function MergeDialog({
  commit,
  target,
  obstacles,
  onMerge,
  onClose,
}: {
  commit: string;
  target: string;
  /** What stands in the way: with any, a merge needs a reason in writing. */
  obstacles: readonly string[];
  onMerge(reason: string): void;
  onClose(): void;
}) {
  const [reason, setReason] = useState("");
  const needsReason = obstacles.length > 0;
  const mayMerge = !needsReason || reason.trim() !== "";
  return (
    <Dialog
      title={
        <>
          Merge <code>{shortHash(commit)}</code> into {target} as 1 commit?
        </>
      }
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (mayMerge) onMerge(reason);
        }}
      >
        {needsReason && (
          <>
            <ul className="mb-3 list-disc pl-5 text-stop">
              {obstacles.map((one) => (
                <li key={one}>
                  <InlineCode text={one} />
                </li>
              ))}
            </ul>
            <label className="mb-4 block">
              <span className="mb-1 block text-text-2">Why merge all the same?</span>
              <textarea
                className="field min-h-[72px]"
                data-autofocus
                required
                maxLength={4_000}
                value={reason}
                onChange={({ target: field }) => setReason(field.value)}
              />
            </label>
          </>
        )}
        <div className="dialog-buttons">
          <Button onClick={onClose}>Not yet</Button>
          <Button
            type="submit"
            look="primary"
            disabled={!mayMerge}
            {...(!needsReason && { "data-autofocus": true })}
          >
            Merge
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function SendBackDialog({
  drafts,
  findings,
  onSend,
  onClose,
}: {
  drafts: Drafts;
  findings: readonly ReviewFinding[];
  onSend(notes: Finding[], reason: string): void;
  onClose(): void;
}) {
  const [words, setWords] = useState("");
  const reopened = findings.filter(({ id }) => drafts.reopened.has(id));
  const open = findings.filter(({ outcome }) => outcome.kind === "open");
  const again = [...reopened, ...open];
  const notes: Finding[] = [
    ...again.map(({ finding }): Finding => ({ ...plain(finding), severity: "blocking" })),
    ...drafts.comments.map(noteOf),
  ];
  const general = words.trim();
  // Words about no line are about the whole: the repository's root.
  const all: Finding[] =
    notes.length > 0 || general === ""
      ? notes
      : [{ severity: "blocking", file: ".", claim: general.slice(0, 4_000), evidence: "" }];
  return (
    <Dialog
      title={all.length === 0 ? "Send back with notes" : `Send back with ${counted(all.length, "note")}`}
      onClose={onClose}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (all.length > 0) onSend(all, notes.length > 0 ? general : "");
        }}
      >
        {notes.length > 0 && (
          <ul className="note-list">
            {again.map(({ id, title, finding }) => (
              <li key={id}>
                <code className="cut block text-12 text-text-2">
                  {finding.file}
                  {finding.line !== undefined && `:${finding.line}`}
                </code>
                <InlineCode text={title} />
              </li>
            ))}
            {drafts.comments.map((comment) => (
              <li key={comment.id} className="relative pr-16">
                <code className="cut block text-12 text-text-2">{spotWords(comment)}</code>
                {comment.text}
                <Button
                  look="ghost"
                  size="small"
                  className="!absolute top-1 right-0"
                  aria-label={`Remove the note on ${spotWords(comment)}`}
                  onClick={() => drafts.drop(comment.id)}
                >
                  Remove
                </Button>
              </li>
            ))}
          </ul>
        )}
        <label className="mb-4 block">
          <span className="mb-1 block text-text-2">
            {notes.length > 0 ? "Anything else (optional)" : "What should change?"}
          </span>
          <textarea
            className="field min-h-[88px]"
            data-autofocus
            maxLength={4_000}
            value={words}
            onChange={({ target }) => setWords(target.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && (event.metaKey || event.ctrlKey))
                event.currentTarget.form?.requestSubmit();
            }}
          />
        </label>
        <div className="dialog-buttons">
          <Button onClick={onClose}>Not yet</Button>
          <Button type="submit" look="primary" disabled={all.length === 0}>
            Send back
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const plain = ({ severity, file, line, claim, evidence }: Finding): Finding => ({
  ...{ severity, file, claim, evidence },
  ...(line !== undefined && { line }),
});

export function DeclineDialog({ onDecline, onClose }: { onDecline(reason: string): void; onClose(): void }) {
  const [reason, setReason] = useState("");
  return (
    <Dialog title="Decline this change for good?" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDecline(reason);
        }}
      >
        <p className="mb-3 text-text-2">The task ends without a merge. Its branch and its worktree stay.</p>
        <label className="mb-4 block">
          <span className="mb-1 block text-text-2">Why (optional)</span>
          <textarea
            className="field min-h-[64px]"
            maxLength={4_000}
            value={reason}
            onChange={({ target }) => setReason(target.value)}
          />
        </label>
        <div className="dialog-buttons">
          <Button type="submit" look="risk">
            Decline
          </Button>
          <Button onClick={onClose} data-autofocus>
            Keep the change
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
