import type { Command, Sent } from "@tutti/core";

/** Commands that go together; outputs of tools make them large. */
const batchLimit = 20;

/**
 * Sends a session's commands in the order in which they are given, so that the log keeps the order in which things happened.
 * One request is on its way at a time; what gathers meanwhile goes together with the next.
 */
export function openOutbox(
  post: (commands: readonly Command[]) => Promise<readonly Sent[]>,
): (command: Command) => Promise<Sent> {
  interface Waiting {
    command: Command;
    resolve(sent: Sent): void;
    reject(error: unknown): void;
  }
  const waiting: Waiting[] = [];
  let posting = false;

  async function drain(): Promise<void> {
    posting = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchLimit);
      try {
        const answers = await post(batch.map(({ command }) => command));
        for (const [index, { resolve, reject }] of batch.entries()) {
          const answer = answers[index];
          if (answer) resolve(answer);
          else reject(new Error("the server left a command without an answer"));
        }
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    posting = false;
  }

  return (command) =>
    new Promise((resolve, reject) => {
      waiting.push({ command, resolve, reject });
      if (!posting) void drain();
    });
}
