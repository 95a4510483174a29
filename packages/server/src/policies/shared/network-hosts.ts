/** The hosts that a shell line reaches, read from the arguments of commands that are known to reach out. */
import { readOnce } from "../shell/read-once.ts";

/** Commands of which every argument with a host is reached, with or without `http://` in front. */
const fetchers = new Set(
  "curl wget wget2 http https xh aria2c lynx w3m links ab hey websocat grpcurl telnet nc ncat netcat socat".split(
    " ",
  ),
);
/** Commands that reach what is named like `user@host` or `host:path`. */
const shells = new Set("ssh scp sftp rsync mosh ssh-copy-id".split(" "));
/** Commands that reach the URLs in their arguments. */
const installers = new Set(
  "npm npx pnpm yarn bun deno pip pip3 pipx uv uvx poetry conda cargo go gem bundle composer mvn gradle docker podman apt apt-get apk brew helm python python3 node".split(
    " ",
  ),
);
const gitVerbs = new Set("clone fetch pull push ls-remote remote submodule archive".split(" "));
/** Options of fetchers whose value is a text and no address. */
const textOptions =
  /^(-[HdAXubecFoTw]|--(header|data(-\w+)?|json|user-agent|request|user|cookie(-jar)?|referer|form|output|upload-file|write-out|post-data|body-data|method|cacert|cert|key))$/;

export function networkHosts(line: string, cwd: string | undefined): string[] {
  // Most lines reach nothing: they are not read twice.
  if (!/[.:]|localhost/.test(line)) return [];
  const found = new Set<string>();
  for (const { program, words } of readOnce(line, { cwd }).commands) {
    const args = words.slice(1).map(({ text }) => text);
    if (fetchers.has(program)) {
      for (const [index, arg] of args.entries()) {
        if (arg.startsWith("-")) {
          for (const host of urls(arg)) found.add(host);
          continue;
        }
        if (textOptions.test(args[index - 1] ?? "")) continue;
        const host = address(arg);
        if (host !== undefined) found.add(host);
      }
    } else if (shells.has(program)) {
      for (const host of remoteHosts(program, args)) found.add(host);
    } else if (program === "git" ? args.some((arg) => gitVerbs.has(arg)) : installers.has(program)) {
      for (const arg of args) for (const host of [...urls(arg), ...scpLike(program, arg)]) found.add(host);
    }
  }
  return [...found];
}

const urls = (text: string): string[] =>
  [...text.matchAll(/\b(?:https?|git|ssh|ftps?|wss?|git\+https?|git\+ssh):\/\/[^\s"'<>]+/gi)].flatMap(
    ([url]) => URL.parse(url.replace(/^[a-z+]+:/i, "http:"))?.hostname ?? [],
  );

const name =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^/@\s]*@)?(\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?|localhost|\d+)(?::\d+)?(?:[/?#].*)?$/i;
const files = /\.(json|txt|html?|md|ya?ml|js|ts|py|sh|tar|gz|tgz|zip|out|log|xml|csv|bin)$/i;

function address(arg: string): string | undefined {
  const [url] = urls(arg);
  if (url !== undefined) return url;
  const host = name.exec(arg)?.[1];
  // A port alone, and a file to write to, are no hosts.
  if (host === undefined || /^\d{1,5}$/.test(host) || (files.test(host) && !arg.includes("/")))
    return undefined;
  return URL.parse(`http://${host}`)?.hostname;
}

const valued = new Set(
  "-p -P -i -o -F -J -l -L -R -D -b -c -E -e -I -m -O -Q -S -W -w -B --rsh --exclude --include".split(" "),
);

function remoteHosts(program: string, args: readonly string[]): string[] {
  const rest = args.filter((arg, index) => !arg.startsWith("-") && !valued.has(args[index - 1] ?? ""));
  if (/^(ssh|mosh|sftp|ssh-copy-id)$/.test(program)) {
    const [target] = rest;
    const host = target
      ?.replace(/^ssh:\/\//, "")
      .replace(/^.*@/, "")
      .replace(/:.*$/, "");
    return host ? [host] : [];
  }
  return rest.flatMap((arg) => scpLike("git", arg));
}

/** `user@host:path`, and for git also `host:path`. */
function scpLike(program: string, arg: string): string[] {
  const match = /^(?:([\w.-]+)@)?([a-z0-9][\w.-]*):(?!\/\/)(?!\d+$)/i.exec(arg);
  if (!match?.[2] || (program !== "git" && !match[1])) return [];
  return match[1] || match[2].includes(".") ? [match[2].toLowerCase()] : [];
}
