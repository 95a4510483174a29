import { DropdownMenu } from "radix-ui";
import { useHarnesses } from "../../app/harnesses.ts";
import { Icon } from "../../design/icon.tsx";
import { LeadMark, Mark } from "../../design/mark.tsx";
import type { Recipient } from "./ways.ts";

const roleWords = { implementer: ", author", reviewer: ", reviewer" } as const;

/** Who is spoken to; a menu where there is a choice. */
export function RecipientPicker({
  recipients,
  recipient,
  onPick,
}: {
  recipients: readonly Recipient[];
  recipient: Recipient | undefined;
  onPick(session: string): void;
}) {
  const harnesses = useHarnesses();
  const name = ({ harness, role }: Recipient) => harnesses(harness).title + (role ? roleWords[role] : "");
  if (!recipient)
    return (
      <span className="pick">
        <LeadMark />
        To nobody
      </span>
    );
  const content = (
    <>
      <Mark harness={recipient.harness} beside />
      <span className="cut">To {name(recipient)}</span>
    </>
  );
  if (recipients.length < 2) return <span className="pick">{content}</span>;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="pick" title="Choose another">
        {content}
        <Icon name="down" size={12} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" side="top" sideOffset={4}>
          <DropdownMenu.RadioGroup value={recipient.session} onValueChange={onPick}>
            {recipients.map((one) => (
              <DropdownMenu.RadioItem key={one.session} value={one.session} className="menu-item">
                <Mark harness={one.harness} beside />
                <span className="flex-1">{name(one)}</span>
                {one.session === recipient.session && <Icon name="check" size={14} />}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
