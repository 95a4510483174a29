import { examples, jsonOption, port } from "../options.ts";
import { startScenario } from "../request/rehearsed.ts";
import type { Define } from "../verb.ts";

/** Serves the scripted models of a scenario until a signal ends it. */
export const rehearse: Define = (command, cli) => {
  command
    .argument("<scenario>", "a scenario's file, or the name of a shipped one: demo, conformance")
    .option("--port <number>", "listen on this port of the loopback address (default: a free one)", port)
    .option(...jsonOption)
    .addHelpText(
      "after",
      `${examples("tutti rehearse demo", "tutti rehearse my-scenario.yaml --port 8123")}\n\ndocs/rehearsal.md describes scenarios.`,
    )
    .action(async (scenario: string, options: { port?: number; json?: boolean }) => {
      const rehearsal = await startScenario(scenario, options.port);
      if (options.json) cli.json({ url: rehearsal.url, baseUrls: rehearsal.baseUrls });
      else {
        cli.data(`Scripted models are served at ${rehearsal.url}`);
        for (const [wire, url] of Object.entries(rehearsal.baseUrls)) cli.data(`  ${wire.padEnd(10)} ${url}`);
      }
      await new Promise<void>((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
      });
      await rehearsal.close();
    });
};
