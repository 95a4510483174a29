/** What the exit code of every verb says. */
export const exitCodes = {
  ok: 0,
  /** The verb did its part, the work did not reach its goal: a task ended without being merged. */
  short: 1,
  /** The input cannot be used as it is; nothing was changed. */
  input: 2,
  /** No server answers, or one could not be started. */
  unreachable: 3,
  /** The server refused: somebody was quicker, or the law forbids it. Nothing was changed. */
  refused: 4,
  /** Of `policy check`: a person would be asked. */
  asked: 10,
  /** Of `policy check`: it would be denied. */
  denied: 11,
  /** A fault of Tutti itself. */
  fault: 70,
  /** Left with Ctrl-C; the work goes on. */
  left: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeHelp = `Exit codes:
  0    done
  1    the work did not reach its goal (a task was not merged)
  2    bad input: nothing was changed, the message says what to do
  3    no server answers, or it could not be started
  4    the server refused, for example because somebody answered first
  10   policy check: a person would be asked
  11   policy check: it would be denied
  70   a fault of Tutti itself
  130  left with Ctrl-C; the work goes on`;
