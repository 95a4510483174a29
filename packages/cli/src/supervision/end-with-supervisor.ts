/**
 * Resolves when this process is to end: its supervisor asks it to, or is gone. What a terminal's keys send is the
 * supervisor's business, which ends its children in order.
 */
export function endWithSupervisor(): Promise<void> {
  return new Promise((resolve) => {
    process.on("SIGINT", () => {});
    process.on("SIGHUP", () => {});
    process.once("SIGTERM", () => resolve());
    process.once("disconnect", () => resolve());
  });
}
