/** A patch as lines; what the sign in front of a line says, its ground says too. */
export function Diff({ patch }: { patch: string }) {
  return patch.split("\n").map((line, at) => {
    const look = line.startsWith("+") ? "diff-add" : line.startsWith("-") ? "diff-remove" : "block";
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: lines of a patch have no other name
      <span key={at} className={look}>
        {line || " "}
      </span>
    );
  });
}
