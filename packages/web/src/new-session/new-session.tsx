import type { NewSessionDraft } from "../app/new-session-opener.ts";

export function NewSession({ draft }: { draft: NewSessionDraft; onStarted(): void }) {
  return <p>{draft.text}</p>;
}
