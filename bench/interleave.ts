export interface InterleaveOptions {
  /** At most so many rounds; a round plays every way once. */
  rounds: number;
  /** No further round is begun after so long, in milliseconds, once there are three. */
  budgetMs: number;
  signal: AbortSignal;
}

/** Fewer say nothing of a median. */
const fewest = 3;

/**
 * Plays several ways in turns, so that what else happens on the machine burdens all of them alike. The order moves on by one
 * each round, so that none always comes after the same other. Answers each way's results, round by round.
 */
export async function interleave<Way extends string, Result>(
  ways: Readonly<Record<Way, () => Promise<Result>>>,
  { rounds, budgetMs, signal }: InterleaveOptions,
): Promise<Record<Way, Result[]>> {
  const names = Object.keys(ways) as Way[];
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Way, Result[]>;
  const end = performance.now() + budgetMs;
  for (let round = 0; round < rounds; round++) {
    if (round >= fewest && performance.now() > end) break;
    for (let turn = 0; turn < names.length; turn++) {
      signal.throwIfAborted();
      const name = names[(round + turn) % names.length];
      if (name !== undefined) results[name].push(await ways[name]());
    }
  }
  return results;
}
