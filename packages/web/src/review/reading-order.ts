/** In which order a change is read: what decides, then the tests, then what follows from both. Pure. */
import type { ChangedFile } from "@tutti/core";

export type ReadingGroup = "first" | "tests" | "routine";

export const groupTitles = {
  first: "Read first",
  tests: "Tests",
  routine: "Routine",
} as const satisfies Record<ReadingGroup, string>;

export interface FileGroup<File extends ChangedFile = ChangedFile> {
  group: ReadingGroup;
  files: File[];
}

const tests = [
  /(^|\/)(tests?|__tests__|spec|specs|e2e|testdata|fixtures|__fixtures__|__mocks__)\//i,
  /[._-](test|tests|spec|e2e|cy)\.[a-z]+$/i,
  /(^|\/)test_[^/]+\.py$/,
  /(Test|Tests|Spec|IT)\.(java|kt|kts|scala|cs|swift)$/,
];

const routine = [
  // Lock files.
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|deno\.lock|Cargo\.lock|go\.sum|go\.work\.sum|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|mix\.lock|pubspec\.lock|Podfile\.lock|Package\.resolved|packages\.lock\.json|flake\.lock|gradle\.lockfile)$/,
  // What programs write.
  /(^|\/)(dist|build|out|vendor|node_modules|third_party|generated|__generated__|gen)\//,
  /(\.generated|\.gen|_generated|\.pb|_pb2|_pb2_grpc|\.g|\.freezed|\.min)\.[a-z]+$/i,
  /(\.snap|\.map|\.golden|\.approved\.txt)$/,
  /(^|\/)__snapshots__\//,
  // Words for people.
  /\.(md|mdx|markdown|rst|adoc|txt)$/i,
  /(^|\/)(docs?|documentation)\//i,
  /(^|\/)(LICENSE|LICENCE|NOTICE|AUTHORS|CHANGELOG|CONTRIBUTORS)(\.[a-z]+)?$/i,
  // Pictures, sounds and letters.
  /\.(png|jpe?g|gif|webp|avif|ico|svg|mp[34]|wav|ogg|woff2?|ttf|otf|pdf)$/i,
];

/** What a file is to who reads the change. A file that a finding names is read first, whatever it is. */
export function groupOf(
  { path, status, additions, deletions }: ChangedFile,
  hasFinding: boolean,
): ReadingGroup {
  if (hasFinding) return "first";
  const isMoved = status.startsWith("R") && (additions ?? 0) + (deletions ?? 0) === 0;
  if (isMoved || routine.some((one) => one.test(path))) return "routine";
  return tests.some((one) => one.test(path)) ? "tests" : "first";
}

/** Files by group, each with what findings name first, then what changes most. Groups without a file are left out. */
export function inReadingOrder<File extends ChangedFile>(
  files: readonly File[],
  withFindings: ReadonlySet<string>,
): FileGroup<File>[] {
  const groups: Record<ReadingGroup, File[]> = { first: [], tests: [], routine: [] };
  for (const file of files) groups[groupOf(file, withFindings.has(file.path))].push(file);
  const size = ({ additions, deletions }: ChangedFile) => (additions ?? 0) + (deletions ?? 0);
  const rank = (file: File) => (withFindings.has(file.path) ? 0 : 1);
  return (["first", "tests", "routine"] as const)
    .map((group) => ({
      group,
      files: groups[group].sort(
        (a, b) => rank(a) - rank(b) || size(b) - size(a) || (a.path < b.path ? -1 : 1),
      ),
    }))
    .filter((one) => one.files.length > 0);
}
