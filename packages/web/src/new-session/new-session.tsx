import type { NewSessionDraft } from "../app/new-session-dialog.tsx";

export function NewSession({ draft }: { draft: NewSessionDraft; onStarted(): void }) {
  return <p>{draft.text}</p>;
}
