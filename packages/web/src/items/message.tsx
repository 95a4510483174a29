/** What an agent said. */
import { Entry } from "./entry.tsx";
import type { ItemProps } from "./item.ts";
import { Markdown } from "./markdown.tsx";

export function Message({ row }: ItemProps<"message">) {
  const { text, agent } = row.step;
  return (
    <Entry row={row}>
      {agent !== undefined && <SubAgentName name={agent} />}
      <Markdown text={text} id={row.key} />
    </Entry>
  );
}

/** Whose words or call it is, where a harness sent out an agent of its own. */
export function SubAgentName({ name }: { name: string }) {
  return <span className="mr-2 text-12 text-text-3">Sub-agent {name.slice(0, 40)}</span>;
}
