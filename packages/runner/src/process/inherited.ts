import { openSync, readdirSync, readFileSync } from "node:fs";

const CLOSE_ON_EXEC = 0o2000000;
let plugged: (number | "ignore")[] | undefined;

/**
 * What stands for the descriptors from `first` on in a child's `stdio`: this process's own parent may have left it some that
 * every program it starts would inherit. Each of them leads to /dev/null in the child.
 *
 * Node opens all of its own to close when a program starts, so that one look is enough. Systems without /proc: nothing.
 */
export function withoutInherited(first: number): (number | "ignore")[] {
  plugged ??= look();
  return plugged.slice(first);
}

function look(): (number | "ignore")[] {
  if (process.platform !== "linux") return [];
  const found = readdirSync("/proc/self/fdinfo").map(Number).filter(isInherited);
  if (found.length === 0) return [];
  const nothing = openSync("/dev/null", "r+");
  return Array.from({ length: Math.max(...found) + 1 }, (_, descriptor) =>
    found.includes(descriptor) ? nothing : "ignore",
  );
}

function isInherited(descriptor: number): boolean {
  if (descriptor < 3) return false;
  try {
    const [, flags = ""] =
      /^flags:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8")) ?? [];
    return (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // the one that listed the folder
  }
}
