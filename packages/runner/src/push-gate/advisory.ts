import type { GateRemote } from "./push-gate.ts";

/**
 * Git settings, as environment, by which a plain `git push` of an agent that is not confined goes through the gate. A fetch goes
 * its own way.
 *
 * A convenience and no control: whoever runs as the person can push with another environment, another spelling of the address, or
 * another program. Only confinement makes the gate the single way. Nothing is said here for a remote whose configured push address
 * holds a password, which must not stand in an environment.
 *
 * @param base where the agent reaches the gate, such as PushGate.openLoopback() answers
 * @param before GIT_CONFIG_* entries that the environment has already; they stay
 */
export function advisoryConfig(
  remotes: readonly GateRemote[],
  base: string,
  before: NodeJS.ProcessEnv = {},
): Record<string, string> {
  const settings = remotes.flatMap(({ name, gateUrl, configured: { url, pushUrl } }) => {
    const gate = gateUrl(base);
    if (pushUrl !== undefined) return hasPassword(pushUrl) ? [] : [[`url.${gate}.insteadOf`, pushUrl]];
    return hasPassword(url) ? [[`remote.${name}.pushurl`, gate]] : [[`url.${gate}.pushInsteadOf`, url]];
  });
  const first = Number(before.GIT_CONFIG_COUNT ?? 0) || 0;
  return Object.fromEntries([
    ["GIT_CONFIG_COUNT", String(first + settings.length)],
    ...settings.flatMap(([key = "", value = ""], index) => [
      [`GIT_CONFIG_KEY_${first + index}`, key],
      [`GIT_CONFIG_VALUE_${first + index}`, value],
    ]),
  ]);
}

const hasPassword = (url: string): boolean =>
  /^https?:\/\/[^/?#]*@/i.test(url) || /:\/\/[^/?#]*:[^/?#]*@/.test(url);
