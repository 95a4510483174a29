/** What a shell command line would do, in a person's words, as far as its text tells. */
import type { Description, Situation, ToolCall, Weight } from "@tutti/core";
import { destructionsOf } from "../shell/destructions.ts";
import { readGit } from "../shell/read-git.ts";
import { identityOf } from "../shell/same-command.ts";
import { shellReading } from "./shell-call.ts";

const order: readonly Weight[] = ["routine", "leaves-machine", "irreversible"];
const heaviest = (weights: readonly Weight[]): Weight =>
  order[Math.max(0, ...weights.map((weight) => order.indexOf(weight)))] ?? "routine";

export function describeShell(call: ToolCall, command: string, situation: Situation): Description {
  const reading = shellReading(call, situation);
  const gits = reading?.commands.flatMap((one) => readGit(one) ?? []) ?? [];
  const { workspace, home } = situation;
  const harms = [
    ...gits.flatMap((git) => git.harms),
    ...(reading?.commands.flatMap((one) => destructionsOf(one, { workspace, home })) ?? []),
  ];
  const says = [...new Set(harms.map((harm) => harm.says))];
  const pushes = gits.some((git) => git.push !== undefined);
  const weight = heaviest([...harms.map((harm) => harm.weight), pushes ? "leaves-machine" : "routine"]);
  const programs = [...new Set(reading?.commands.map(({ program }) => program) ?? [])].slice(0, 5);
  const safer = harms.find((harm) => harm.alternative !== undefined)?.alternative;
  const identity = identityOf(command, call.cwd ?? workspace ?? "/");
  const elevated = reading?.commands.some((one) => one.elevated)
    ? ["It runs with the rights of the administrator."]
    : [];
  return {
    identity,
    effect: [
      ...(says.length > 0
        ? says
        : [programs.length > 0 ? `It runs ${programs.join(", ")}.` : "It runs a command."]),
      ...elevated,
    ],
    weight,
    ...(safer !== undefined && { alternative: safer }),
    ...(weight !== "irreversible" && {
      rule: {
        key: `shell ${identity}`,
        words: `this same command (${firstLine(command)})`,
      },
    }),
  };
}

const firstLine = (text: string): string => {
  const [line = ""] = text.split("\n");
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
};
