/** What a review found: weight, place, and what proves it. */
import { Link } from "@tanstack/react-router";
import { Icon } from "../design/icon.tsx";
import { splitClaim } from "../session/claims.ts";
import { plainOutput } from "../session/timeline/output.ts";
import { Entry } from "./entry.tsx";
import { InlineCode } from "./inline-code.tsx";
import { type ItemProps, useTimeline } from "./item.ts";

export function FindingRow({ row }: ItemProps<"finding">) {
  const { root } = useTimeline();
  const { severity, file, line, claim, evidence } = row.finding;
  const isBlocking = severity === "blocking";
  const { title, rest } = splitClaim(claim);
  const place = line === undefined ? file : `${file}:${line}`;
  const { task } = row.block;
  return (
    <Entry row={row}>
      <article className="boxed">
        <header className="flex items-start gap-2 px-3 pt-2">
          <Icon
            name={isBlocking ? "warning" : "file"}
            size={14}
            className={`mt-[3px] ${isBlocking ? "text-stop" : "text-text-3"}`}
          />
          <h3 className="min-w-0 font-semibold [overflow-wrap:anywhere]">
            <InlineCode text={title} />
          </h3>
          <Link
            to="/s/$id/changes"
            params={{ id: root }}
            search={{ file, ...(task !== undefined && { task }) }}
            className="ml-auto max-w-[45%] flex-none text-12 text-text-2 hover:underline"
            title={`Show ${place} in the changes`}
          >
            <code className="cut block !text-12 [direction:rtl]">
              <bdi>{place}</bdi>
            </code>
          </Link>
        </header>
        <p className="px-3 pt-[2px] pb-[9px] pl-[34px] leading-[20px] text-text-2 [overflow-wrap:anywhere]">
          <span className={isBlocking ? "font-medium text-stop" : "font-medium"}>
            {isBlocking ? "Blocking." : "Note."}
          </span>{" "}
          <InlineCode text={rest} />
        </p>
        {evidence.trim() !== "" && <pre className="output">{plainOutput(evidence).trimEnd()}</pre>}
      </article>
    </Entry>
  );
}
