import { counted } from "../design/words.ts";

/** `9 files, +214 −18`. */
export function LineCounts({
  files,
  additions,
  deletions,
}: {
  files: number;
  additions: number;
  deletions: number;
}) {
  return (
    <>
      {counted(files, "file")},{" "}
      <span className="whitespace-nowrap">
        <span className="text-pass">+{additions}</span> <span className="text-stop">−{deletions}</span>
      </span>
    </>
  );
}
