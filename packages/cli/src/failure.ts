import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** Ends a verb with one line on stderr that says what is wrong and what to do, and with an exit code. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** Something that the person gave cannot be used. */
export const badInput = (message: string, options?: ErrorOptions): Failure =>
  new Failure(message, exitCodes.input, options);
