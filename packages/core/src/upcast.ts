/**
 * The only compatibility code: raw stored events become today's events.
 *
 * Persisted events stay decodable for ever and payloads only grow. An event written before a field existed gets the field's
 * default from its schema; a renamed or reshaped one gets a step in `steps`, keyed by the type it was stored under.
 */
import { type Event, eventSchema } from "./events.ts";

type Raw = Readonly<Record<string, unknown>>;

/** Steps from a stored type to today's shape. To add one: key = the stored type, value = a pure function of the raw event. */
const steps: Readonly<Record<string, (raw: Raw) => Raw>> = {};

/** Decodes a stored event. Throws when the log holds what no version ever wrote: that is damage, not input. */
export function upcast(stored: unknown): Event {
  const raw = stored as Raw;
  const step = typeof raw?.type === "string" ? steps[raw.type] : undefined;
  const parsed = eventSchema.safeParse(step ? step(raw) : raw);
  if (parsed.success) return parsed.data;
  throw new Error(`the log holds an event that cannot be decoded (type ${String(raw?.type)})`, {
    cause: parsed.error,
  });
}
