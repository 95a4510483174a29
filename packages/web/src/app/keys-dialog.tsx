/** The list of keys. */
import { Dialog } from "../design/dialog.tsx";
import { makeOpener } from "./opener.ts";

const opener = makeOpener<true>();
export const openKeys = () => opener.open(true);

export function KeysDialog() {
  if (!opener.use()) return null;
  return (
    <Dialog title="Keys" onClose={opener.close}>
      <p />
    </Dialog>
  );
}
