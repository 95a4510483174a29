/** What of the person's environment is seen inside, and how programs inside find their way out. */
import type { Environment, HarnessNeeds } from "@tutti/core";
import { plainEnvironment } from "./confinement/index.ts";

/** Names of variables that open something: they are seen inside only where a program takes its login from them. */
const secretName =
  /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|API_?KEY|ACCESS_KEY|PRIVATE_KEY|HEADERS|COOKIE)(_|$)/i;

/** The environment that an agent's program gets: what says how the machine is set up, and what its adapter asks for. */
export function agentEnvironment(
  environment: Environment,
  { settings, logins }: HarnessNeeds["variables"],
): Record<string, string> {
  const wanted = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      (logins.includes(entry[0]) ||
        (settings.some((start) => entry[0].startsWith(start)) && !secretName.test(entry[0]))),
  );
  return { ...plainEnvironment(environment), ...Object.fromEntries(wanted) };
}

/** How programs inside find the proxy that leads out, in the spellings that programs know. */
export function proxyEnvironment(port: number): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  const direct = "localhost,127.0.0.1,::1";
  return Object.fromEntries([
    ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => [name, proxy]),
    ...["NO_PROXY", "no_proxy"].map((name) => [name, direct]),
    ["NODE_USE_ENV_PROXY", "1"],
  ]);
}
