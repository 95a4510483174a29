/** The new session's box as a dialog over any screen. */
import { lazy, Suspense } from "react";
import { Dialog } from "../design/dialog.tsx";
import { makeOpener } from "./opener.ts";

/** What the box begins with: the words and the repository of another request. */
export interface NewSessionDraft {
  text?: string;
  repository?: string;
}

const opener = makeOpener<NewSessionDraft>();
export const openNewSession = (draft: NewSessionDraft = {}) => opener.open(draft);

const NewSession = lazy(async () => ({
  default: (await import("../new-session/new-session.tsx")).NewSession,
}));

export function NewSessionDialog() {
  const draft = opener.use();
  if (!draft) return null;
  return (
    <Dialog title="New session" onClose={opener.close} className="!w-[min(720px,calc(100vw-32px))]">
      <Suspense>
        <NewSession draft={draft} onStarted={opener.close} />
      </Suspense>
    </Dialog>
  );
}
