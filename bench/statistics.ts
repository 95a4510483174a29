/** What is said of many samples of one quantity, in the unit of the samples. */
export interface Summary {
  n: number;
  median: number;
  p95: number;
  p99: number;
}

/** Throws when there is no sample: a measurement that measured nothing must not look like one. */
export function summarize(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  return {
    n: sorted.length,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
  };
}

/** Between two samples the value is interpolated. */
function quantile(sorted: readonly number[], q: number): number {
  const place = (sorted.length - 1) * q;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new Error("nothing was measured");
  return below + (above - below) * (place - Math.floor(place));
}

/** Two ways to do the same thing, measured in turns. */
export interface Comparison {
  bare: Summary;
  /** The median of the differences between neighbours in time, so that a slower minute burdens both ways. */
  added: number;
  /** Of the medians. */
  ratio: number;
}

/** Sample `i` of both was taken in the same round. */
export function compare(samples: readonly number[], bareSamples: readonly number[]): Comparison {
  const bare = summarize(bareSamples);
  const differences = samples.flatMap((sample, round) => {
    const beside = bareSamples[round];
    return beside === undefined ? [] : [sample - beside];
  });
  return { bare, added: summarize(differences).median, ratio: summarize(samples).median / bare.median };
}
