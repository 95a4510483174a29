import { InvalidArgumentError } from "commander";

const units = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * A moment in the past, for an option: so long ago (`90m`, `12h`, `7d`, `2w`), or a date in ISO form, which is taken in UTC
 * where it says nothing else.
 */
export function sinceTime(text: string, now: number): string {
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined)
    return new Date(now - Number(count) * units[unit as keyof typeof units]).toISOString();
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/.test(text);
  const zoned = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) || !text.includes("T") ? text : `${text}Z`;
  const time = isDate ? Date.parse(zoned) : Number.NaN;
  if (Number.isNaN(time))
    throw new InvalidArgumentError(
      "say how long ago, such as 90m, 12h, 7d or 2w, or give a date such as 2030-01-31.",
    );
  return new Date(time).toISOString();
}
