/** Programs that stop the machine, its services and its processes, or change who may use it. */
import { asks, type Destroys, has, hasLetter } from "./destruction.ts";

const stopsMachine: Destroys = ({ texts }) =>
  has(texts, "--help", "-c") ? undefined : asks("It switches the machine off or starts it anew.");
const verbs =
  (pattern: RegExp, says: (verb: string, what: string) => string): Destroys =>
  ({ texts }) => {
    const words = texts.filter((text) => !text.startsWith("-"));
    const at = words.findIndex((word) => pattern.test(word));
    return at < 0 ? undefined : asks(says(words[at] ?? "", words[at + 1] ?? ""));
  };

export const machineDestroyers: Readonly<Record<string, Destroys>> = {
  shutdown: stopsMachine,
  reboot: stopsMachine,
  halt: stopsMachine,
  poweroff: stopsMachine,
  init: ({ texts }) =>
    /^[0156s]$/i.test(texts[0] ?? "") ? asks("It switches the machine off or starts it anew.") : undefined,
  telinit: stopsMachine,
  kexec: stopsMachine,
  systemctl: ({ texts }) => {
    const [verb = "", what = ""] = texts.filter((text) => !text.startsWith("-"));
    if (/^(reboot|poweroff|halt|kexec|suspend|hibernate|soft-reboot|rescue|emergency|isolate)$/.test(verb))
      return asks("It switches the machine off or starts it anew.");
    return /^(stop|disable|mask|kill)$/.test(verb)
      ? asks(`It stops the service ${what} or keeps it from starting.`)
      : undefined;
  },
  service: ({ texts }) => (texts[1] === "stop" ? asks(`It stops the service ${texts[0] ?? ""}.`) : undefined),
  "rc-service": ({ texts }) =>
    texts[1] === "stop" ? asks(`It stops the service ${texts[0] ?? ""}.`) : undefined,
  launchctl: verbs(/^(unload|bootout|remove|disable|kill)$/, (_, what) => `It stops the service ${what}.`),
  kill: ({ texts }) => {
    const dashes = texts.indexOf("--");
    const after =
      dashes >= 0
        ? texts.slice(dashes + 1)
        : hasSignal(texts)
          ? texts.slice(/^-(s|n)$/.test(texts[0] ?? "") ? 2 : 1)
          : texts;
    return after.some((text) => text === "-1" || text === "1")
      ? asks("It ends every process that it can reach.")
      : undefined;
  },
  killall5: () => asks("It ends every process."),
  pkill: ({ texts }) =>
    has(texts, "-u", "-U", "--uid", "--euid") || texts.some((text) => /^[.^$*]*$/.test(text))
      ? asks("It ends every process of a person.")
      : undefined,
  killall: ({ texts }) =>
    has(texts, "-u", "--user") || hasLetter(texts, "r")
      ? asks("It ends every process of a person.")
      : undefined,
  crontab: ({ texts }) => {
    if (hasLetter(texts, "r")) return asks("It deletes all of a person's scheduled commands.");
    return hasLetter(texts, "le") ? undefined : asks("It replaces all of a person's scheduled commands.");
  },
  iptables: ({ texts }) =>
    has(texts, "-F", "--flush", "-X", "-P") ? asks("It takes the machine's firewall rules away.") : undefined,
  ip6tables: ({ texts }) =>
    has(texts, "-F", "--flush", "-X", "-P") ? asks("It takes the machine's firewall rules away.") : undefined,
  nft: verbs(/^(flush|delete|destroy)$/, () => "It takes the machine's firewall rules away."),
  ufw: verbs(/^(disable|reset|delete)$/, () => "It takes the machine's firewall rules away."),
  setenforce: () => asks("It changes the machine's protection."),
  userdel: () => asks("It deletes a user of the machine."),
  deluser: () => asks("It deletes a user of the machine."),
  groupdel: () => asks("It deletes a group of the machine."),
  chpasswd: () => asks("It changes passwords."),
  rmmod: () => asks("It takes a part out of the running system."),
  swapoff: () => asks("It changes the machine's memory."),
};

const hasSignal = (texts: readonly string[]): boolean => /^-/.test(texts[0] ?? "") && texts.length > 1;
