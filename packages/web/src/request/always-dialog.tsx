import type { SessionRule } from "@tutti/core";
import { Button } from "../design/button.tsx";
import { Dialog } from "../design/dialog.tsx";

/** Shows the rule that a yes to everything alike writes, before it is written. */
export function AlwaysDialog({
  rule,
  onAllow,
  onClose,
}: {
  rule: SessionRule;
  onAllow(): void;
  onClose(): void;
}) {
  return (
    <Dialog title="Always allow in this session" describedBy="always" onClose={onClose}>
      <div id="always" className="grid gap-2 text-text-2">
        <p>From now on nobody is asked about:</p>
        <p className="border-l-2 border-line-strong pl-3 text-text [overflow-wrap:anywhere]">{rule.words}</p>
        <p>It holds for this agent until its session ends. A rule for all sessions is written in Policies.</p>
      </div>
      <div className="dialog-buttons">
        <Button
          look="primary"
          data-autofocus
          onClick={() => {
            onAllow();
            onClose();
          }}
        >
          Always allow
        </Button>
        <Button onClick={onClose}>Not yet</Button>
      </div>
    </Dialog>
  );
}
