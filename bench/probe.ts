/** What the sender of events and the process of watchers say to each other. */
export type ToWatchers =
  | { type: "watch"; url: string; token: string; count: number }
  /** Every watcher should have had so many probes; answered once they have, or when it is too late. */
  | { type: "report"; probes: number };

export type FromWatchers =
  | { type: "watching" }
  | {
      type: "report";
      /** Milliseconds from sending to hearing, for every probe and watcher. */
      latencies: number[];
      missing: number;
      repeated: number;
      /** Streams that ended before their time. */
      broken: number;
    };

/** How the id of a probe's item begins; what follows is when it was sent, in nanoseconds of the machine's monotonic clock. */
export const probePrefix = "probe-";
