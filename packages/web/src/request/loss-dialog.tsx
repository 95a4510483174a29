import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { Pieces } from "./pieces.tsx";
import type { Loss } from "./words.ts";

/** Asks once more before what cannot be undone: names the loss, the safe answer first and with the focus. */
export function LossDialog({ loss, onLose, onClose }: { loss: Loss; onLose(): void; onClose(): void }) {
  return (
    <Dialog title={loss.title} describedBy="loss" onClose={onClose}>
      <p id="loss" className="text-text-2 [overflow-wrap:anywhere]">
        <Pieces of={loss.detail} />
      </p>
      <div className="dialog-buttons">
        <Button look="primary" data-autofocus onClick={onClose}>
          {loss.keep}
        </Button>
        <Button
          look="risk"
          onClick={() => {
            onLose();
            onClose();
          }}
        >
          {loss.lose}
        </Button>
      </div>
    </Dialog>
  );
}
