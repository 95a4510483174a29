import { makeOpener } from "./opener.ts";

/** What a new session's box begins with: the words and the repository of another request. */
export interface NewSessionDraft {
  text?: string;
  repository?: string;
}

export const newSessionOpener = makeOpener<NewSessionDraft>();

/** Opens the new session's box over whatever is on the screen. */
export const openNewSession = (draft: NewSessionDraft = {}) => newSessionOpener.open(draft);
