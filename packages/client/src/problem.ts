import { type Problem, problemSchema, type Refusal, refusalSchema } from "@tutti/core";

const prefix = "urn:tutti:problem:";

/** The server answered that it doesn't do what was asked. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }

  /** What is wrong, in one word: `unauthorized`, `unknown-session`, `invalid`, … */
  get kind(): string {
    return this.problem.type.startsWith(prefix) ? this.problem.type.slice(prefix.length) : this.problem.type;
  }

  /** The refusal that the problem tells of; undefined when it is of another kind. */
  get refusal(): Refusal | undefined {
    const kind = refusalSchema.shape.kind.safeParse(this.kind);
    const { detail: message, field } = this.problem;
    return kind.success ? { kind: kind.data, message, ...(field !== undefined && { field }) } : undefined;
  }
}

/** The server could not be reached, or broke off, for longer than the client is patient. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** Reads a response that is not a success. */
export async function problemOf(response: Response): Promise<ProblemError> {
  const text = await response.text().catch(() => "");
  return new ProblemError(
    parse(text) ?? {
      type: "about:blank",
      title: "",
      status: response.status,
      detail: `the server answered ${response.status}`,
    },
  );
}

function parse(text: string): Problem | undefined {
  try {
    return problemSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
