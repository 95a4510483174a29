/** The review on a phone: findings and files under the decision, and one file at a time. */
import type { Ref } from "react";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";
import { cutPath } from "./cut-path.ts";
import { type DiffHandle, DiffPane } from "./diff-pane.tsx";
import { FileRow, FindingRow } from "./files-pane.tsx";
import { type ReviewFinding, tallyOf } from "./findings.ts";
import type { DrawingChoice } from "./kept.ts";
import { groupTitles } from "./reading-order.ts";
import type { Reading } from "./use-reading.ts";

/** More files than this are reached from file to file. */
const shownFiles = 300;

export function PhoneLists({
  reading: { review, groups, isViewed },
  onFile,
  onFinding,
}: {
  reading: Reading;
  onFile(path: string): void;
  onFinding(finding: ReviewFinding): void;
}) {
  const { fixed, open } = tallyOf(review.findings);
  let room = shownFiles;
  return (
    <>
      {review.findings.length > 0 && (
        <section aria-label="Findings">
          <h2 className="list-heading">
            Findings
            <span>
              {fixed} fixed, {open} open
            </span>
          </h2>
          {review.findings.map((finding) => (
            <FindingRow
              key={finding.id}
              finding={finding}
              isCurrent={false}
              onPress={() => onFinding(finding)}
            />
          ))}
        </section>
      )}
      {groups.map(({ group, files }) => {
        const seen = files.filter(({ path }) => isViewed(path)).length;
        const shown = files.slice(0, Math.max(0, room));
        room -= files.length;
        return (
          <section key={group} aria-label={groupTitles[group]}>
            <h2 className="list-heading">
              {groupTitles[group]}
              <span>
                {seen.toLocaleString("en")} of {files.length.toLocaleString("en")} viewed
              </span>
            </h2>
            {shown.map((file) => (
              <FileRow
                key={file.path}
                file={file}
                isViewed={isViewed(file.path)}
                isCurrent={false}
                onPress={() => onFile(file.path)}
              />
            ))}
            {shown.length < files.length && (
              <p className="px-4 py-2 text-text-2">
                {(files.length - shown.length).toLocaleString("en")} more: open a file and go on from there.
              </p>
            )}
          </section>
        );
      })}
    </>
  );
}

export function PhoneFile({
  reading,
  choice,
  path,
  handle,
  onStep,
  onBack,
}: {
  reading: Reading;
  choice: DrawingChoice;
  path: string;
  handle: Ref<DiffHandle>;
  onStep(step: 1 | -1): void;
  onBack(): void;
}) {
  const files = reading.files ?? [];
  const at = files.findIndex((file) => file.path === path);
  return (
    <section className="pane" aria-label="Changes">
      <div className="bar">
        <Button look="ghost" icon className="!-ml-3" aria-label="Back to the decision" onClick={onBack}>
          <Icon name="back" size={20} />
        </Button>
        <h1 title={path}>
          <code className="text-14">{cutPath(path, 26)}</code>
        </h1>
        <span className="gap" />
        <span className="text-12 text-text-3">
          {at + 1} of {files.length.toLocaleString("en")}
        </span>
      </div>
      <DiffPane key={path} {...{ reading, choice, handle }} isSplit={false} only={path} onFile={() => {}} />
      <div className="grid flex-none grid-cols-2 gap-2 border-t border-line p-3">
        <Button disabled={at <= 0} onClick={() => onStep(-1)}>
          Previous file
        </Button>
        <Button
          disabled={at < 0 || at >= files.length - 1}
          onClick={() => {
            reading.setViewed(path, true);
            onStep(1);
          }}
        >
          Viewed, next
        </Button>
      </div>
    </section>
  );
}
