import { useId, useState } from "react";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";

/** A no with words for the agent. */
export function DenyDialog({ onDeny, onClose }: { onDeny(reason: string): void; onClose(): void }) {
  const [reason, setReason] = useState("");
  const id = useId();
  return (
    <Dialog title="Deny" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onDeny(reason.trim());
          onClose();
        }}
      >
        <label htmlFor={id} className="mb-1 block text-text-2">
          Tell the agent why (optional)
        </label>
        <textarea
          id={id}
          className="field"
          rows={3}
          maxLength={4_000}
          value={reason}
          data-autofocus
          onChange={({ target }) => setReason(target.value)}
        />
        <div className="dialog-buttons">
          <Button type="submit" look="primary">
            Deny
          </Button>
          <Button onClick={onClose}>Not yet</Button>
        </div>
      </form>
    </Dialog>
  );
}
