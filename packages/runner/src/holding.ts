/** What holds an agent on this machine while it plays a turn. */
import type { Confinement, Environment, Machine, ModelProvider } from "@tutti/core";

export interface Holding {
  /** The environment that the agent's program is opened with. */
  environment: Environment;
  /** The model provider as the program reaches it; absent where the session's own choice serves. */
  provider?: ModelProvider;
  /** Absent: the program runs with the person's rights. */
  confinement?: Confinement;
  /** The folder that the agent works in, where the session names none. */
  cwd?: string;
  machine: Machine;
  /**
   * Brings out what the agent made and takes everything down. Answers what a person should read about it. Called once, after
   * the program has ended; never rejects.
   */
  release(): Promise<readonly string[]>;
}

/** Holds nothing: the program runs with the person's rights, and `doubt` says why. */
export function unheld(environment: Environment, home: string, doubt?: string): Holding {
  return {
    environment,
    machine: { home, confined: false, pushGate: false, ...(doubt !== undefined && { doubt }) },
    release: async () => [],
  };
}
