import type { Situation, ToolCall } from "@tutti/core";
import { isInside, withHome } from "../shell/places.ts";
import { shellWrites } from "../shell/shell-writes.ts";

/** Devices and scratch folders that anybody may write to. */
const open = [
  /^\/dev\/(null|zero|tty|stdin|stdout|stderr|fd\/\d+)$/,
  /^\/(private\/)?(var\/)?tmp(\/|$)/,
  /^\/dev\/shm(\/|$)/,
];

/**
 * What a call would write outside its session's folder, in words; undefined when nothing of the kind is seen. An edit of
 * which the paths are not known, or in a session without a folder, counts as outside.
 */
export function writesOutside(
  call: ToolCall,
  { workspace, home }: Pick<Situation, "workspace" | "home">,
): string | undefined {
  if (call.kind === "edit") {
    if (!call.paths || call.paths.length === 0) return `${call.name} does not say which file it changes`;
    const path = call.paths.find((one) => !isInside(one, workspace));
    return path === undefined ? undefined : `${call.name} would change ${path}`;
  }
  if (call.kind === "shell" && call.command !== undefined) {
    const cwd = call.cwd ?? workspace;
    if (cwd === null) return undefined;
    const write = shellWrites(call.command, cwd).find(
      ({ path }) => !isInside(withHome(path, home), workspace) && !open.some((place) => place.test(path)),
    );
    return write === undefined ? undefined : `${write.by} would write to ${write.path}`;
  }
  return undefined;
}
