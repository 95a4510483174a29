/** A failure of the set-up that the reader can do something about: its message says what. */
export class SetupError extends Error {
  name = "SetupError";
}

/**
 * The last stop of every script: prints a set-up failure as plain words and anything else with its stack,
 * then exits with 1.
 * @param {unknown} error
 * @returns {never}
 */
export function reportAndExit(error) {
  const text =
    error instanceof SetupError ? `tutti: ${error.message}` : error instanceof Error ? error.stack : error;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
