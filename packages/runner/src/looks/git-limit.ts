/** How long git may take for a look, in milliseconds: less than who asks waits. */
export const gitLimitMs = 20_000;
