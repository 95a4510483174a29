/** Where a path lies: in the workspace, among scratch files, in the person's home folder. */
import { posix } from "node:path";

export function isInside(path: string, workspace: string | null): boolean {
  if (workspace === null || !posix.isAbsolute(path)) return false;
  const from = posix.relative(workspace, path);
  return from !== ".." && !from.startsWith("../");
}

/** A path that begins with `~`, as an absolute one where the home folder is known. */
export const withHome = (path: string, home: string | null): string =>
  home !== null && (path === "~" || path.startsWith("~/")) ? posix.normalize(home + path.slice(1)) : path;

/** What it means for a person when a path is destroyed. */
export type Place =
  /** `/`, or everything in it. */
  | "everything"
  /** A home folder, or everything in it. */
  | "home"
  /** The workspace, everything in it, or a folder around it. */
  | "workspace"
  /** Git's own folder. */
  | "repository"
  /** Something in the workspace. */
  | "inside"
  /** Something among scratch files. */
  | "scratch"
  /** A part of the operating system, or a device. */
  | "system"
  | "outside";

export interface Grounds {
  workspace: string | null;
  home: string | null;
}

const system =
  /^\/(etc|usr|bin|sbin|lib\w*|boot|var|sys|proc|dev|root|opt|srv|System|Library|Applications|private\/etc|nix)(\/|$)/;
const scratch = [
  /^\/(private\/)?(var\/)?tmp\/./,
  /^\/dev\/(shm\/.|null|zero|full|tty|stdin|stdout|stderr|fd\/\d+)/,
];
const homes = [/^~[^/]*$/, /^\/(home|Users|root)$/, /^\/(home|Users)\/[^/]+$/, /^\/var\/root$/];

/** `path` is absolute or begins with `~`. */
export function placeOfPath(path: string, { workspace, home }: Grounds): Place {
  const whole = withHome(path, home).replace(/(?<=.)\/+$/, "");
  // Everything in a folder is the folder.
  const base = whole.replace(/\/(\*|\.\*|\.\?\?\*|\.\[\^\.\]\*)$/, "") || "/";
  if (base === "/") return "everything";
  if (base === home || homes.some((one) => one.test(base))) return base === workspace ? "workspace" : "home";
  if (workspace !== null && (base === workspace || workspace.startsWith(`${base}/`))) return "workspace";
  if (
    /(^|\/)\.git(\/|$)/.test(whole) &&
    !/\/\.git\/(hooks\/[^*]|info\/exclude$|COMMIT_EDITMSG|index\.lock$)/.test(whole)
  )
    return "repository";
  if (isInside(whole, workspace)) return "inside";
  if (scratch.some((one) => one.test(whole)) && !/^\/(private\/)?(var\/)?tmp\/\*+$/.test(whole))
    return "scratch";
  return system.test(whole) ? "system" : "outside";
}
