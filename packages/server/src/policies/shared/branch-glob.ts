/** Whether a branch's name fits one of the globs: `*` is anything but a slash, `**` anything at all. */
export function matchesAny(branch: string, globs: readonly string[]): boolean {
  return globs.some((glob) => pattern(glob).test(branch));
}

function pattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*|\*|\?/g, (sign) => (sign === "**" ? ".*" : sign === "*" ? "[^/]*" : "[^/]"));
  return new RegExp(`^${source}$`, "i");
}
