/** The new session's box as a dialog over any screen. */
import { lazy, Suspense } from "react";
import { Dialog } from "../design/dialog.tsx";
import { newSessionOpener } from "./new-session-opener.ts";

const NewSession = lazy(async () => ({
  default: (await import("../new-session/new-session.tsx")).NewSession,
}));

export function NewSessionDialog() {
  const draft = newSessionOpener.use();
  if (!draft) return null;
  return (
    <Dialog title="New session" onClose={newSessionOpener.close} className="!w-[min(720px,calc(100vw-32px))]">
      <Suspense>
        <NewSession draft={draft} onStarted={newSessionOpener.close} />
      </Suspense>
    </Dialog>
  );
}
