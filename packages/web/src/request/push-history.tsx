/** What a push takes from a ref of the remote and what it brings: a diff of history. */
import type { PushedCommit, PushUpdate } from "@tutti/core";
import { type ReactNode, useId, useState } from "react";
import { useWidth } from "../app/viewport.ts";
import { Icon } from "../design/icon.tsx";
import { Age } from "../design/time.tsx";
import { counted, shortHash, shortRef } from "../design/words.ts";
import { lostOf } from "./words.ts";

/** Rows that stand open. */
const open = 6;

export function PushHistory({ update, remote }: { update: PushUpdate; remote: string }) {
  const { kind, ref, removed, rewritten, added } = update;
  const name = shortRef(ref);
  const lost = lostOf(update);
  const isPhone = useWidth() === "phone";
  const same = rewritten > 0 ? `${rewritten} rewritten, same content` : undefined;
  return (
    <div className="hist">
      {removed.count > 0 &&
        (lost === 0 ? (
          <Caption beside={same}>No commit disappears</Caption>
        ) : (
          <Side
            sign="removed"
            commits={removed.commits}
            count={removed.count}
            caption={`${counted(lost, "commit")} ${lost === 1 ? "disappears" : "disappear"}`}
            beside={same ?? (kind === "delete" ? `On no other branch of ${remote}` : `From ${name}`)}
          />
        ))}
      {kind === "delete" && removed.count === 0 && (
        <Caption beside={name}>Deleted; no commit disappears</Caption>
      )}
      {added.count > 0 ? (
        <Side
          sign="added"
          commits={added.commits}
          count={added.count}
          isFolded={isPhone && removed.count > 0}
          caption={addedWords(update)}
          beside={removed.count > 0 ? undefined : name}
        />
      ) : (
        kind === "create" && <Caption beside={name}>Made without a new commit</Caption>
      )}
    </div>
  );
}

function addedWords({ kind, added, removed }: PushUpdate): string {
  const commits = counted(added.count, "commit");
  const one = added.count === 1;
  if (kind === "forced" && removed.count > 0)
    return `${commits} ${one ? "takes" : "take"} ${removed.count === 1 ? "its" : "their"} place`;
  return `${commits} ${one ? "is" : "are"} added`;
}

function Caption({ children, beside }: { children: ReactNode; beside?: ReactNode }) {
  return (
    <div className="hist-caption">
      <span>{children}</span>
      {beside !== undefined && <span className="cut">{beside}</span>}
    </div>
  );
}

function Side({
  sign,
  commits,
  count,
  caption,
  beside,
  isFolded = false,
}: {
  sign: "removed" | "added";
  commits: readonly PushedCommit[];
  count: number;
  caption: string;
  beside?: string | undefined;
  isFolded?: boolean;
}) {
  const [shown, setShown] = useState(isFolded ? 0 : open);
  const id = useId();
  const rows = commits.slice(0, shown);
  const hidden = commits.length - rows.length;
  const unlisted = count - commits.length;
  return (
    <div className={`hist-${sign}`}>
      {isFolded ? (
        <button
          type="button"
          className="hist-caption"
          aria-expanded={shown > 0}
          aria-controls={id}
          onClick={() => setShown(shown > 0 ? 0 : commits.length)}
        >
          <span>{caption}</span>
          <span>
            <Icon name={shown > 0 ? "down" : "right"} />
          </span>
        </button>
      ) : (
        <Caption beside={beside}>{caption}</Caption>
      )}
      <ul id={id}>
        {rows.map(({ sha, subject, author, at }) => (
          <li key={sha}>
            <span role="img" aria-label={sign}>
              {sign === "removed" ? "−" : "+"}
            </span>
            <code className="hist-hash">{shortHash(sha)}</code>
            <span className="cut" title={subject}>
              {subject}
            </span>
            <span className="hist-who">
              <span className="cut" title={author}>
                {author}
              </span>
              <span className="flex-none">
                , <Age at={at} /> ago
              </span>
            </span>
          </li>
        ))}
      </ul>
      {!isFolded && hidden > 0 && (
        <button type="button" className="hist-more" onClick={() => setShown(commits.length)}>
          {counted(hidden + unlisted, "more commit")}
        </button>
      )}
      {hidden === 0 && unlisted > 0 && <p className="hist-more">and {counted(unlisted, "commit")} more</p>}
    </div>
  );
}
