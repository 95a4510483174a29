import { useEffect, useState } from "react";
import { age, clock, exactTime } from "./words.ts";

/** The present, told anew every few seconds to whoever shows an age. */
export function useNow(everyMs = 10_000): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** How long ago; the exact time is its tooltip. */
export function Age({ at, className }: { at: string; className?: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={exactTime(at)} className={className}>
      {age(now - Date.parse(at))}
    </time>
  );
}

/** The clock time; the exact one is its tooltip. */
export function ClockTime({ at, className }: { at: string; className?: string }) {
  return (
    <time dateTime={at} title={exactTime(at)} className={className}>
      {clock(at)}
    </time>
  );
}
