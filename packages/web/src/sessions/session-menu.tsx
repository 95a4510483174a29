import { Link } from "@tanstack/react-router";
import type { SessionSummary } from "@tutti/core";
import { DropdownMenu } from "radix-ui";
import { openNewSession } from "../app/new-session-opener.ts";
import { useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { copyText } from "../design/copy-text.ts";
import { Icon } from "../design/icon.tsx";

const places = [
  ["/s/$id", "Open", "sessions"],
  ["/s/$id/changes", "View changes", "review"],
  ["/s/$id/files", "Files", "folder"],
  ["/s/$id/terminal", "Terminal", "terminal"],
] as const;

/** What can be done with a session from the list. */
export function SessionMenu({
  session: { id, title, repository, status },
  onArchive,
}: {
  session: SessionSummary;
  onArchive(): void;
}) {
  const isConnected = useIsConnected();
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="ghost" icon size="small" aria-label={`More about ${title}`} tabIndex={-1}>
          <Icon name="more" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={2} collisionPadding={8}>
          {places.map(([to, words, icon]) => (
            <DropdownMenu.Item key={to} asChild>
              <Link to={to} params={{ id }} search={{}} className="menu-item">
                <Icon name={icon} size={14} />
                {words}
              </Link>
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Item
            className="menu-item"
            onSelect={() => openNewSession({ text: title, ...(repository !== null && { repository }) })}
          >
            <Icon name="plus" size={14} />
            Start again…
          </DropdownMenu.Item>
          <DropdownMenu.Item className="menu-item" onSelect={() => copyText(id, "Id copied")}>
            <Icon name="copy" size={14} />
            Copy the id
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className="menu-item"
            disabled={!isConnected || status === "closed"}
            onSelect={onArchive}
          >
            <Icon name="folder" size={14} />
            {status === "closed" ? "Archived" : "Archive"}
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
