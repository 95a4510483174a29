/** Jobs of one key that may wait; more is a fault of the caller. */
const queueLimit = 1_000;

/** Too many commands wait for one session. */
export class OverloadedError extends Error {
  override readonly name = "OverloadedError";
}

/**
 * Lets jobs of one key through one after the other, in order; different keys don't wait for each other. What queues
 * here holds no database connection.
 */
export function openTurnstile(): <T>(key: string, job: () => Promise<T>) => Promise<T> {
  const queues = new Map<string, { last: Promise<unknown>; length: number }>();
  return <T>(key: string, job: () => Promise<T>) => {
    const queue = queues.get(key) ?? { last: Promise.resolve(), length: 0 };
    if (queue.length >= queueLimit)
      return Promise.reject(new OverloadedError(`more than ${queueLimit} commands wait for ${key}`));
    queues.set(key, queue);
    queue.length += 1;
    const result = queue.last.then(job);
    const leave = () => {
      queue.length -= 1;
      if (queue.length === 0) queues.delete(key);
    };
    queue.last = result.then(leave, leave);
    return result;
  };
}
