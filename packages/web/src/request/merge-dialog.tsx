import type { ApprovalSubjectOf } from "@tutti/core";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";
import { shortHash, shortRef } from "../design/words.ts";

/** Confirms a merge: M, then Enter. */
export function MergeDialog({
  subject,
  onMerge,
  onClose,
}: {
  subject: ApprovalSubjectOf<"merge">;
  onMerge(): void;
  onClose(): void;
}) {
  return (
    <Dialog
      title={`Merge ${shortHash(subject.commit)} into ${shortRef(subject.target)} as 1 commit?`}
      onClose={onClose}
    >
      <div className="dialog-buttons">
        <Button
          look="primary"
          data-autofocus
          onClick={() => {
            onMerge();
            onClose();
          }}
        >
          Merge
        </Button>
        <Button onClick={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}
