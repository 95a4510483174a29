/** The rest of the places, where there is no room for them: under the person's initials. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { DropdownMenu } from "radix-ui";
import { useClient } from "../connection/use-connection.ts";
import { Icon } from "../design/icon.tsx";
import { initials } from "../design/initials.ts";
import { footPlaces } from "./places.ts";
import { selfQuery } from "./queries.ts";
import { useWidth } from "./viewport.ts";

/** Stands at the right of a screen's bar on the phone; nothing elsewhere. */
export function PersonMenu() {
  const width = useWidth();
  const navigate = useNavigate();
  const { data: self } = useQuery(selfQuery(useClient()));
  if (width !== "phone") return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="grid h-11 w-11 place-items-center rounded-3">
        <span className="mark mark-person !h-7 !w-7 !rounded-full !text-12" aria-hidden="true">
          {initials(self?.name ?? "")}
        </span>
        <span className="sr">More places</span>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="end" sideOffset={4} collisionPadding={8}>
          {footPlaces.map(({ to, icon, title }) => (
            <DropdownMenu.Item key={to} className="menu-item" onSelect={() => void navigate({ to })}>
              <Icon name={icon} />
              {title}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
