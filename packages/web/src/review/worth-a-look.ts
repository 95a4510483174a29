/** What in a change a person wants to have seen before they merge it, whatever a review said. Pure. */
import type { Candidate, ChangedFile } from "@tutti/core";

export interface Worth {
  kind: "rules" | "database" | "dependencies" | "pipeline" | "permissions" | "deleted";
  title: string;
  paths: string[];
}

const kinds: readonly { kind: Worth["kind"]; title: string; patterns: readonly RegExp[] }[] = [
  {
    kind: "database",
    title: "Changes the database",
    patterns: [
      /\.sql$/i,
      /(^|\/)(migrations?|migrate|alembic\/versions)\//i,
      /(^|\/)schema\.(prisma|rb)$/,
      /\.prisma$/,
    ],
  },
  {
    kind: "dependencies",
    title: "Changes dependencies",
    patterns: [
      /(^|\/)(package\.json|deno\.jsonc?|Cargo\.toml|go\.(mod|work)|pyproject\.toml|setup\.(py|cfg)|Pipfile|Gemfile|composer\.json|mix\.exs|pubspec\.yaml|Podfile|Package\.swift|pom\.xml|build\.gradle(\.kts)?|libs\.versions\.toml|environment\.ya?ml)$/,
      /(^|\/)requirements[^/]*\.(txt|in)$/,
      /\.(csproj|fsproj|vbproj|gemspec|cabal)$/,
      /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|deno\.lock|Cargo\.lock|go\.sum|poetry\.lock|uv\.lock|pdm\.lock|Pipfile\.lock|Gemfile\.lock|composer\.lock|mix\.lock|pubspec\.lock|Podfile\.lock|Package\.resolved|flake\.lock)$/,
    ],
  },
  {
    kind: "pipeline",
    title: "Changes what builds and deploys",
    patterns: [
      /(^|\/)\.(github\/(workflows|actions)|circleci|buildkite|woodpecker|forgejo|gitea)\//,
      /(^|\/)(\.gitlab-ci|\.travis|azure-pipelines|bitbucket-pipelines|appveyor|cloudbuild|\.drone)\.ya?ml$/,
      /(^|\/)(Jenkinsfile|Dockerfile|Containerfile|docker-compose[^/]*\.ya?ml|compose\.ya?ml|Procfile|Vagrantfile)(\.[\w-]+)?$/,
      /\.(tf|tfvars)$/,
      /(^|\/)\.husky\/|(^|\/)\.pre-commit-config\.yaml$/,
    ],
  },
  {
    kind: "permissions",
    title: "Changes who may do what",
    patterns: [
      /(^|\/)CODEOWNERS$/,
      /(^|\/)\.env(\.[\w-]+)?$/,
      /(^|\/)[^/]*(permission|authori[sz]ation|access[-_]?control|rbac|\biam\b|acl)[^/]*$/i,
      /(^|\/)(auth|authentication|sessions?|security)\//i,
      /(^|\/)auth\.[a-z]+$/i,
      /(^|\/)(AndroidManifest\.xml|[^/]+\.entitlements|Info\.plist)$/,
    ],
  },
];

/** Each kind that the change touches, with its files. What defines checks and Tutti's own rules comes first. */
export function worthALook({ files, flagged }: Pick<Candidate, "files" | "flagged">): Worth[] {
  const found: Worth[] = [];
  if (flagged.length > 0)
    found.push({ kind: "rules", title: "Changes its own rules or checks", paths: [...flagged] });
  const paths = files.map(({ path }) => path);
  for (const { kind, title, patterns } of kinds) {
    const touched = paths.filter((path) => patterns.some((one) => one.test(path)) && !isTest(path));
    if (touched.length > 0) found.push({ kind, title, paths: touched });
  }
  const deleted = files.filter(isDeleted).map(({ path }) => path);
  if (deleted.length > 0)
    found.push({
      kind: "deleted",
      title: deleted.length === 1 ? "Deletes a file" : `Deletes ${deleted.length} files`,
      paths: deleted,
    });
  return found;
}

const isDeleted = ({ status }: ChangedFile) => status.startsWith("D");
/** A test of permissions gives nobody any. */
const isTest = (path: string) => /(^|\/)(tests?|__tests__|fixtures)\/|[._-](test|spec)\.[a-z]+$/i.test(path);

/** `due.ts, list.ts and 3 more`: names without their folders, so that they fit a line. */
export function someNames(paths: readonly string[], most = 3): string {
  const names = paths.slice(0, most).map((path) => path.split("/").at(-1) ?? path);
  return paths.length > most ? `${names.join(", ")} and ${paths.length - most} more` : names.join(", ");
}
