import { DropdownMenu } from "radix-ui";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icon.tsx";

const everything = "";

/** A menu of what the list can be narrowed to; absent where there is no choice. */
export function FilterMenu({
  title,
  all,
  values,
  value,
  nameOf,
  onChoose,
}: {
  title: string;
  /** What stands on it while nothing is chosen. */
  all: string;
  values: readonly string[];
  value: string | undefined;
  nameOf(value: string): string;
  onChoose(value: string | undefined): void;
}) {
  if (values.length < 2 && value === undefined) return null;
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button size="small" aria-label={`${title}: ${value === undefined ? all : nameOf(value)}`}>
          <span className="cut max-w-[140px]">{value === undefined ? all : nameOf(value)}</span>
          <Icon name="down" size={12} />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4} collisionPadding={8}>
          <DropdownMenu.RadioGroup
            value={value ?? everything}
            onValueChange={(next) => onChoose(next === everything ? undefined : next)}
          >
            {[everything, ...values].map((one) => (
              <DropdownMenu.RadioItem key={one} value={one} className="menu-item">
                <span className="w-[14px]">
                  <DropdownMenu.ItemIndicator>
                    <Icon name="check" size={14} />
                  </DropdownMenu.ItemIndicator>
                </span>
                {one === everything ? all : nameOf(one)}
              </DropdownMenu.RadioItem>
            ))}
          </DropdownMenu.RadioGroup>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
