/** Programs that delete, change or publish what lies on other machines: clusters, clouds, forges, registries, databases. */
import type { Weight } from "@tutti/core";
import { asks, type Destroys, type Destruction, has } from "./destruction.ts";

/** A pattern for the words that are no options, joined with spaces, and what it means. */
type Row = readonly [pattern: RegExp, says: string, weight?: Weight];

const words = (texts: readonly string[]): string => texts.filter((text) => !text.startsWith("-")).join(" ");

/** What is said when the first words are values of options: `-n prod delete x`. */
function spellings(texts: readonly string[]): readonly string[] {
  const said = words(texts);
  if (!(texts[0] ?? "").startsWith("-")) return [said];
  const all = said.split(" ");
  return [said, all.slice(1).join(" "), all.slice(2).join(" ")];
}

const rows =
  (...all: readonly Row[]): Destroys =>
  ({ texts }) => {
    if (texts.some((text) => /^--(dry-run|help|client-dry-run)(=(client|server|true))?$/.test(text)))
      return undefined;
    const said = spellings(texts);
    const found = all.find(([pattern]) => said.some((one) => pattern.test(one)));
    return found && asks(found[1], found[2] ?? "irreversible");
  };

const publishes = "It publishes a package, and what is published cannot be taken back.";
const deletesCluster = "It deletes or changes what runs in a cluster.";
const deletesCloud = "It deletes or changes what lies in a cloud.";
const deletesDatabase = "It deletes what is in a database.";
const deletesContainers = "It deletes containers, images or volumes with what is in them.";
const changesForge = "It deletes or changes something on the forge that others rely on.";

const npm = rows(
  [/^(npm )?(publish|unpublish|deprecate|dist-tag|tag (add|rm)|owner (add|rm)|access)\b/, publishes],
  [/^(token|profile)\b/, "It changes an account on a package registry."],
);
const containers = rows(
  [
    /^(system|volume|image|container|network|builder|buildx|pod|manifest) (prune|rm|remove|delete)\b/,
    deletesContainers,
  ],
  [/^(volume|swarm) (rm|leave)\b/, deletesContainers],
  [/^(push|compose push)\b/, "It publishes an image.", "leaves-machine"],
);
const compose: Destroys = (call) =>
  /\bdown\b/.test(words(call.texts)) && has(call.texts, "-v", "--volumes", "--rmi")
    ? asks(deletesContainers)
    : containers(call);
const infrastructure = rows(
  [/\b(destroy|apply|import|taint|untaint|force-unlock)\b/, "It changes or destroys infrastructure."],
  [/\bstate (rm|mv|push|replace-provider)\b/, "It changes the record of the infrastructure."],
  [/\bworkspace delete\b/, "It changes the record of the infrastructure."],
);

const statements =
  /\b(drop\s+(database|table|schema|user|role|index|view|owned)|truncate|alter\s+system|delete\s+from)\b|\b(dropDatabase|deleteMany|drop)\s*\(|\bflush(all|db)\b/i;

const sql: Destroys = ({ texts, command }) =>
  [...texts, command.input ?? ""].some((text) => statements.test(text)) ? asks(deletesDatabase) : undefined;

const forge: Destroys = (call) => {
  const [noun = "", verb = ""] = call.texts.filter((text) => !text.startsWith("-"));
  if (noun === "api") return forgeCall(call.texts);
  if (
    /^(delete|archive|rename|edit|transfer|disable|merge|lock|deploy-key|sync|set|remove|unarchive|set-default)$/.test(
      verb,
    ) &&
    !(
      noun === "config" ||
      (noun === "repo" && verb === "set-default") ||
      (/^(pr|mr|issue)$/.test(noun) && /^(edit|lock)$/.test(verb))
    )
  )
    return asks(changesForge);
  return /^(secret|variable|ssh-key|gpg-key|ruleset)$/.test(noun) && !/^(list|view|check|get)$/.test(verb)
    ? asks(changesForge)
    : undefined;
};

function forgeCall(texts: readonly string[]): Destruction | undefined {
  const method = optionValue(texts, ["-X", "--method", "--request"])?.toUpperCase();
  if (method !== undefined && !/^(GET|HEAD|POST|OPTIONS)$/.test(method)) return asks(changesForge);
  const said = texts.join(" ");
  if (/\bmutation\b/.test(said) || texts.includes("--input")) return asks(changesForge);
  const sends =
    method === "POST" ||
    (method === undefined && texts.some((text) => /^(-[fF]|--field|--raw-field)/.test(text)));
  return sends &&
    /(protect|ruleset|hooks|keys|collaborators|merges?\b|git\/refs|actions\/(secrets|variables)|transfer|deployments)/.test(
      said,
    )
    ? asks(changesForge)
    : undefined;
}

const web: Destroys = ({ texts }) => {
  const method =
    optionValue(texts, ["-X", "--request", "--method"])?.toUpperCase() ??
    texts.find((text) => /^(DELETE|PUT|PATCH)$/.test(text));
  const upload = texts.some((text) => /^(-T|--upload-file)/.test(text));
  const address =
    texts.find((text) => /^(https?:\/\/)?[\w.-]+(:\d+)?\//.test(text)) ??
    texts.find((text) => /^https?:/.test(text)) ??
    "";
  const local = /^(https?:\/\/)?(localhost|127\.|\[::1\]|0\.0\.0\.0|::1)/.test(address);
  if (local) return undefined;
  if ((method !== undefined && /^(DELETE|PUT|PATCH)$/.test(method)) || upload)
    return asks(`It changes or deletes something on another machine (${address}).`);
  return method === "POST" &&
    /(api\.github\.com|gitlab|bitbucket|gitea|codeberg|\/api\/v[134]\/)/.test(address) &&
    /(protect|ruleset|hooks|keys|merge|git\/refs)/.test(address)
    ? asks(changesForge)
    : undefined;
};

function optionValue(texts: readonly string[], names: readonly string[]): string | undefined {
  for (const [index, text] of texts.entries())
    for (const name of names) {
      if (text === name) return texts[index + 1] ?? "";
      if (text.startsWith(`${name}=`)) return text.slice(name.length + 1);
      if (name.length === 2 && text.startsWith(name)) return text.slice(2).replace(/^=/, "");
      // A bundle such as `-sX`.
      if (name.length === 2 && /^-[A-Za-z]+$/.test(text) && text.endsWith(name.slice(1)))
        return texts[index + 1] ?? "";
    }
  return undefined;
}

const rails = rows([
  /\bdb:(drop|reset|purge|schema:load|truncate_all)|\bdb:migrate:reset|\bmigrate:(fresh|reset|refresh)|\bdb:wipe/,
  deletesDatabase,
]);

export const serviceDestroyers: Readonly<Record<string, Destroys>> = {
  docker: compose,
  podman: compose,
  nerdctl: compose,
  "docker-compose": compose,
  kubectl: rows(
    [/^(delete|drain|replace|cordon|taint|evict)\b/, deletesCluster],
    [/^(scale|rollout undo)\b/, deletesCluster],
  ),
  oc: rows([/^(delete|adm)\b/, deletesCluster]),
  helm: rows([/^(uninstall|delete|del|un|rollback)\b/, deletesCluster], [/^push\b/, publishes]),
  terraform: infrastructure,
  tofu: infrastructure,
  terragrunt: infrastructure,
  pulumi: rows([
    /^(up|update|destroy|state|stack rm|cancel|import)\b/,
    "It changes or destroys infrastructure.",
  ]),
  cdk: rows([/^(deploy|destroy)\b/, "It changes or destroys infrastructure."]),
  serverless: rows([/^(deploy|remove)\b/, "It changes or destroys infrastructure."]),
  sam: rows([/^(deploy|delete)\b/, "It changes or destroys infrastructure."]),
  gh: forge,
  glab: forge,
  tea: forge,
  curl: web,
  wget: web,
  http: web,
  https: web,
  xh: web,
  npm,
  pnpm: npm,
  bun: rows([/^publish\b/, publishes]),
  yarn: npm,
  lerna: rows([/^publish\b/, publishes]),
  changeset: rows([/^publish\b/, publishes]),
  "semantic-release": () => asks(publishes),
  npx: rows([/^(semantic-release|np|release-it|vsce publish|lerna publish|changeset publish)\b/, publishes]),
  cargo: rows([/^(publish|yank|owner)\b/, publishes]),
  twine: rows([/^upload\b/, publishes]),
  poetry: rows([/^publish\b/, publishes]),
  uv: rows([/^publish\b/, publishes]),
  pdm: rows([/^publish\b/, publishes]),
  hatch: rows([/^publish\b/, publishes]),
  flit: rows([/^publish\b/, publishes]),
  gem: rows([/^(push|yank|owner)\b/, publishes]),
  mvn: rows([/\bdeploy\b/, publishes]),
  gradle: rows([/\bpublish/, publishes]),
  gradlew: rows([/\bpublish(?!ToMavenLocal)/, publishes]),
  dotnet: rows([/^nuget (push|delete)\b/, publishes]),
  nuget: rows([/^(push|delete)\b/, publishes]),
  pod: rows([/^trunk (push|delete|deprecate)\b/, publishes]),
  vsce: rows([/^(publish|unpublish)\b/, publishes]),
  ovsx: rows([/^publish\b/, publishes]),
  goreleaser: rows([/^release\b/, publishes]),
  jsr: rows([/^publish\b/, publishes]),
  deno: rows([/^publish\b/, publishes]),
  aws: ({ texts }) => {
    const said = words(texts);
    if (has(texts, "--dryrun", "--dry-run")) return undefined;
    if (/^s3 rm\b/.test(said) && has(texts, "--recursive")) return asks(deletesCloud);
    if (/^s3 sync\b/.test(said) && has(texts, "--delete")) return asks(deletesCloud);
    return /^s3 rb\b|^[\w-]+ (delete|terminate|remove|deregister|purge|destroy|put-bucket|disable|revoke|detach|stop)(-|$)/.test(
      said,
    )
      ? asks(deletesCloud)
      : undefined;
  },
  gcloud: rows([/\b(delete|destroy|remove-iam-policy-binding|disable|reset|stop)\b/, deletesCloud]),
  gsutil: rows([/^(-m )?(rm|rb)\b/, deletesCloud]),
  az: rows([/\b(delete|purge|remove|stop|deallocate)\b/, deletesCloud]),
  doctl: rows([/\b(delete|destroy|rm)\b/, deletesCloud]),
  heroku: rows([/:(destroy|reset|delete|remove)\b/, deletesCloud]),
  fly: rows([/\bdestroy\b/, deletesCloud]),
  flyctl: rows([/\bdestroy\b/, deletesCloud]),
  vercel: rows([/^(remove|rm)\b/, deletesCloud]),
  netlify: rows([/\bdelete\b/, deletesCloud]),
  wrangler: rows([/\bdelete\b/, deletesCloud]),
  firebase: rows([/:(delete|destroy|disable)\b/, deletesCloud]),
  rclone: rows([/^(delete|deletefile|purge|sync|move|rmdirs|cleanup)\b/, deletesCloud]),
  s3cmd: rows([/^(del|rm|rb|sync)\b/, deletesCloud]),
  mc: rows([/^(rm|rb|mirror)\b/, deletesCloud]),
  vault: rows([/\b(delete|destroy|revoke|disable|purge)\b/, "It deletes secrets."]),
  dropdb: () => asks(deletesDatabase),
  dropuser: () => asks("It deletes a user of a database."),
  mysqladmin: rows([/\bdrop\b/, deletesDatabase]),
  psql: sql,
  mysql: sql,
  mariadb: sql,
  sqlite3: sql,
  mongosh: sql,
  mongo: sql,
  cqlsh: sql,
  sqlcmd: sql,
  "clickhouse-client": sql,
  duckdb: sql,
  "redis-cli": sql,
  pg_restore: ({ texts }) => (has(texts, "-c", "--clean") ? asks(deletesDatabase) : undefined),
  rails,
  rake: rails,
  artisan: rails,
  php: rails,
  prisma: rows([/^migrate reset\b|^db push\b.*/, deletesDatabase]),
  supabase: rows([/^db (reset|push)\b|\bdelete\b/, deletesDatabase]),
  "manage.py": rows([/^(flush|reset_db|sqlflush)\b/, deletesDatabase]),
};
