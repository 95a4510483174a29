// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the lines are shell text.
/** Ways to carry a command out through a layer, and ways to only speak of it. For tests. */

const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const double = (text: string): string => `"${text.replace(/["\\$`]/g, "\\$&")}"`;
const ansi = (text: string): string =>
  `$'${[...text].map((sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`).join("")}'`;
const octal = (text: string): string =>
  `$'${[...text].map((sign) => `\\${sign.charCodeAt(0).toString(8).padStart(3, "0")}`).join("")}'`;
const escaped = (text: string): string => text.replace(/[^\w/=.-]/g, "\\$&").replace(/^(\w)/, "\\$1");
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const hex = (text: string): string => Buffer.from(text).toString("hex");
/** A name that does not stand inside: for here-documents, functions, variables. */
const fresh = (text: string, letter: string): string => `${letter}${text.length}`;

const plainWord = /^[\w@%+=:,./-]+$/;
/** Ways to write one word. */
export const quotings = (text: string): string[] => [
  plainWord.test(text) ? text : single(text),
  single(text),
  double(text),
  ansi(text),
  octal(text),
  ...(/^[a-z]/.test(text) && plainWord.test(text) ? [escaped(text)] : []),
  `${single(text.slice(0, 1))}${double(text.slice(1))}`,
  `${single(text.slice(0, 2))}""${ansi(text.slice(2))}`,
  `"$(printf %s ${single(text)})"`,
  `"$(echo ${single(text)})"`,
  `$(echo ${base64(text)} | base64 -d)`,
  `"\`echo ${single(text)}\`"`,
];

/** Ways to write a simple command as a line; the words hold no spaces. */
export function spellings(words: readonly string[]): string[] {
  const [program = "", ...args] = words;
  const rest = args.join(" ");
  return [
    words.join("${IFS}"),
    `{${words.join(",")}}`,
    `/usr/bin/${words.join(" ")}`,
    `v=${single(words.join(" "))}; $v`,
    `v=${program}; "$v" ${rest}`,
    `v=${single(rest)}; ${program} $v`,
    `v=${single(rest)}; ${program} \${v}`,
    `a=(${words.map(single).join(" ")}); "\${a[@]}"`,
    `a=(${words.map(single).join(" ")}); \${a[*]}`,
    `v=${single(program.slice(0, 1))}; v+=${single(program.slice(1))}; $v ${rest}`,
    `v=; for c in ${[...program].join(" ")}; do v=$v$c; done; $v ${rest}`,
    `v=x${program}x; v=\${v#x}; v=\${v%x}; $v ${rest}`,
    `v=${program.toUpperCase()}; \${v,,} ${rest}`,
    `v=xx${program}; \${v:2} ${rest}`,
    `v=${program}; w=v; \${!w} ${rest}`,
    `v=qq${program}; \${v/qq/} ${rest}`,
    `\${nobody_sets_this:-${program}} ${rest}`,
    `set -- ${rest}; ${program} "$@"`,
    `set -- ${words.join(" ")}; $1 "\${@:2}"`,
    `alias z=${program}\nz ${rest}`,
    `alias z=${single(words.join(" "))}\nz`,
    `z() { ${program} "$@"; }; z ${rest}`,
    `z() { "$@"; }; z ${words.join(" ")}`,
    `function z { ${program} $*; }; z ${rest}`,
    `read -r v <<< ${single(words.join(" "))}; $v`,
    `printf -v v %s ${program}; $v ${rest}`,
    `IFS=,; v=${words.join(",")}; $v`,
    `for v in ${single(rest)}; do ${program} $v; done`,
    `for v in ${program}; do $v ${rest}; done`,
    `while read -r v; do ${program} $v; done <<< ${single(rest)}`,
    `echo ${rest} | xargs ${program}`,
    `xargs ${program} <<< ${single(rest)}`,
    `echo ${words.join(" ")} | xargs -n ${words.length} env`,
    `find . -maxdepth 0 -exec ${words.join(" ")} \\;`,
    `${program} \${nobody_sets_that:=${args[0] ?? ""}} ${args.slice(1).join(" ")}`,
    `X=1 Y=2 ${words.join(" ")}`,
    `>out.txt ${words.join(" ")} 2>&1`,
    `sudo -n ${words.join(" ")}`,
    `env -i A=b ${words.join(" ")}`,
    `env -S ${single(words.join(" "))}`,
    `timeout --signal=KILL 5m ${words.join(" ")}`,
    `nice -n5 nohup setsid ${words.join(" ")}`,
    `command -- ${words.join(" ")}`,
    `exec -a x ${words.join(" ")}`,
    `stdbuf -o0 ionice -c 3 ${words.join(" ")}`,
    `time -p ${words.join(" ")}`,
    `coproc ${words.join(" ")}`,
    `parallel ${program} {} ::: ${single(rest)}`,
    `python3 -c ${single(`import subprocess\nsubprocess.run([${words.map((one) => `"${one}"`).join(", ")}])`)}`,
    `node -e ${single(`require("child_process").spawnSync("${program}", [${args.map((one) => `"${one}"`).join(",")}])`)}`,
  ];
}

/** Layers around a line, each of them carrying it out. */
export const layers: readonly ((line: string) => string)[] = [
  (line) => `bash -c ${single(line)}`,
  (line) => `bash -c ${double(line)}`,
  (line) => `sh -ec ${single(line)}`,
  (line) => `bash --norc -lc ${single(line)} _ a b`,
  (line) => `bash -c 'eval "$1"' _ ${single(line)}`,
  (line) => `eval ${single(line)}`,
  (line) => `v=${single(line)}; eval "$v"`,
  (line) => `v=${single(line)}; bash -c "$v"`,
  (line) => `sh <<'${fresh(line, "E")}'\n${line}\n${fresh(line, "E")}`,
  (line) => `cat <<'${fresh(line, "E")}' | bash -s\n${line}\n${fresh(line, "E")}`,
  (line) => `bash <<< ${single(line)}`,
  // Shells differ in what echo makes of a backslash.
  (line) => (line.includes("\\") ? `cat <<< ${single(line)} | bash` : `echo ${single(line)} | bash`),
  (line) => `printf '%s\\n' ${single(line)} | sh`,
  (line) => `printf %b ${single(line.replaceAll("\\", "\\\\"))} | sh`,
  (line) => `echo ${base64(line)} | base64 -d | sh`,
  (line) => `echo ${hex(line)} | xxd -r -p | bash`,
  (line) => `eval "$(echo ${base64(line)} | base64 --decode)"`,
  (line) => `bash <(printf '%s\\n' ${single(line)})`,
  (line) => `source <(printf '%s\\n' ${single(line)})`,
  (line) => `. /dev/stdin <<< ${single(line)}`,
  (line) => `(\n${line}\n)`,
  (line) => `{\n${line}\n}`,
  (line) => `if true; then\n${line}\nfi`,
  (line) => `if [ -f x ]; then :; else\n${line}\nfi`,
  (line) => `while true; do\n${line}\nbreak; done`,
  (line) => `until\n${line}\ndo :; done`,
  (line) => `for i in 1 2; do\n${line}\ndone`,
  (line) => `case $x in a) ;; *)\n${line}\n;; esac`,
  (line) => `true && {\n${line}\n}`,
  (line) => `false || {\n${line}\n} `,
  (line) => `ls; cd sub\ncd ..\n${line}`,
  (line) => `${line}\necho done`,
  (line) => `{\n${line}\n} &`,
  (line) => `! {\n${line}\n}`,
  (line) => `echo "$(\n${line}\n)"`,
  (line) => `x=$(\n${line}\n)`,
  (line) => `cat <(\n${line}\n)`,
  (line) => `echo $(( $(\n${line}\n) + 1 ))`,
  (line) => `[[ -n $(\n${line}\n) ]]`,
  (line) => `: \${y:-$(\n${line}\n)}`,
  (line) => `cat <<${fresh(line, "Q")}\n$(\n${line}\n)\n${fresh(line, "Q")}`,
  (line) => `ls | {\n${line}\n}`,
  (line) => `{\n${line}\n} | cat > out.txt 2>&1`,
  (line) => `${fresh(line, "f")}() {\n${line}\n}\n${fresh(line, "f")}`,
  (line) => `trap ${single(line)} EXIT`,
  (line) => `alias ${fresh(line, "l")}=${single(line)}\n${fresh(line, "l")}`,
  (line) =>
    `cat > ${fresh(line, "s")}.sh <<'${fresh(line, "E")}'\n${line}\n${fresh(line, "E")}\nbash ${fresh(line, "s")}.sh`,
  (line) =>
    `printf '%s\\n' ${single(line)} > /tmp/${fresh(line, "s")}; chmod +x /tmp/${fresh(line, "s")}; /tmp/${fresh(line, "s")}`,
  (line) => `sudo -u me sh -c ${single(line)}`,
  (line) => `env A=b bash -c ${single(line)}`,
  (line) => `timeout 5 nice sh -c ${single(line)}`,
  (line) => `su -c ${single(line)} me`,
  (line) => `flock /tmp/l -c ${single(line)}`,
  (line) => `watch -n 1 ${single(line)}`,
  (line) => `xargs -I@${line.length}@ sh -c ${single(line)} < list.txt`,
  (line) => `find . -name x -exec sh -c ${single(line)} \\;`,
  (line) => `busybox sh -c ${single(line)}`,
  (line) => `ssh host ${single(line)}`,
  (line) => `docker exec -it app sh -c ${single(line)}`,
  (line) => `git -c alias.z=${single(`!${line}`)} z`,
  (line) => `GIT_EDITOR=${single(line)} git commit`,
  (line) => `python3 -c ${single(`import os\nos.system(${JSON.stringify(line)})`)}`,
  (line) => `node -e ${single(`require("child_process").execSync(${JSON.stringify(line)})`)}`,
  (line) =>
    `perl -e ${single(`system(${single(line).includes("\\''") ? JSON.stringify(line) : single(line)})`)}`,
];

/** Layers that are asked about for what they do themselves. */
export const weightyLayers: readonly ((line: string) => string)[] = [
  (line) => `git config alias.z ${single(`!${line}`)}; git z`,
];

/** Ways to speak of a line without carrying it out. */
export const mentions: readonly ((line: string) => string)[] = [
  (line) => `echo ${single(line)}`,
  (line) => `echo ${double(line)}`,
  (line) => `printf '%s\\n' ${single(line)} >> notes.md`,
  (line) => `git commit -m ${single(line)}`,
  (line) => `git commit -m ${double(line)} && git push`,
  (line) => `git commit -F - <<'${fresh(line, "E")}'\n${line}\n${fresh(line, "E")}`,
  (line) => `git log --grep=${single(line)}`,
  (line) => `grep -rn -- ${single(line)} docs`,
  (line) => `rg ${double(line)} | head`,
  (line) => `cat <<'${fresh(line, "E")}' > notes.md\n${line}\n${fresh(line, "E")}`,
  (line) => `tee -a notes.md <<'${fresh(line, "E")}'\n${line}\n${fresh(line, "E")}`,
  (line) =>
    line
      .split("\n")
      .map((one) => `# ${one}`)
      .join("\n")
      .concat("\nls"),
  (line) => `ls # ${line.replaceAll("\n", " ")}`,
  (line) => `x=${single(line)}; echo "$x"`,
  (line) => `gh pr create --title x --body ${single(line)}`,
  (line) => `jq -n --arg a ${single(line)} '$a' > a.json`,
  (line) => `case ${single(line)} in x) ls;; esac`,
  (line) => `[ ${single(line)} = x ] || ls`,
  (line) => `[[ ${single(line)} == x ]] && ls`,
  (line) => `node -e ${single("console.log(process.argv)")} ${single(line)}`,
  (line) => `f() { echo "$1"; }; f ${single(line)}`,
  (line) => `for t in ${single(line)}; do echo "$t"; done`,
  (line) => `cat > later.sh <<'${fresh(line, "E")}'\n${line}\n${fresh(line, "E")}`,
];
