/** Ctrl K: go anywhere, do anything. */
import { Dialog } from "../design/dialog.tsx";
import { makeOpener } from "./opener.ts";

const opener = makeOpener<true>();
export const openCommandBox = () => opener.open(true);

export function CommandBox() {
  if (!opener.use()) return null;
  return (
    <Dialog title="Go to" onClose={opener.close}>
      <p />
    </Dialog>
  );
}
