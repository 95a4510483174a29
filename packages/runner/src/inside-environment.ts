/**
 * The environment of confined programs: the person's, without what opens something outside.
 *
 * A variable counts as a secret by its name; sockets and agents of the person's desktop don't exist inside. What a program
 * needs all the same its adapter asks for, and gets by another way.
 */
import type { Environment } from "@tutti/core";

const secretNames =
  /(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?|API_?KEY|APIKEY|ACCESS_KEY(_ID)?|PRIVATE_KEY|AUTH|PAT|DSN|COOKIE|SESSION_KEY)(_|$)|^(AWS|AZURE|GOOGLE|GCP|GH|GITHUB|GITLAB|NPM|PGPASS|VAULT|KUBE|OP|BW)_|_KEY$|_URL_WITH_|^(DATABASE_URL|PGPASSWORD|MYSQL_PWD|REDIS_URL|MONGO(DB)?_URI|KUBECONFIG|NETRC)$/i;
const outsideNames =
  /^(SSH_\w+|DBUS_\w+|XDG_(RUNTIME_DIR|SESSION_\w+|SEAT\w*|VTNR)|DISPLAY|WAYLAND_\w+|XAUTHORITY|DOCKER_\w+|CONTAINER_HOST|GPG_\w+|TMUX\w*|STY|TUTTI_\w+|GIT_(ASKPASS|DIR|WORK_TREE|INDEX_FILE|SSH|SSH_COMMAND|CONFIG\w*|PROXY\w*|OBJECT_\w+|ALTERNATE_\w+)|SUDO_\w+|MAIL|INVOCATION_ID|JOURNAL_STREAM|LD_\w+|TMPDIR|TEMP|TMP|HOME|USER|LOGNAME|PWD|OLDPWD|HTTPS?_PROXY|ALL_PROXY|NO_PROXY|https?_proxy|all_proxy|no_proxy)$/;

/** What of the person's environment is seen inside. */
export function insideEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !secretNames.test(entry[0]) && !outsideNames.test(entry[0]),
    ),
  );
}

/** How programs inside find the proxy that leads out, in the spellings that programs know. */
export function proxyEnvironment(port: number): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  const direct = "localhost,127.0.0.1,::1";
  return Object.fromEntries([
    ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => [name, proxy]),
    ...["NO_PROXY", "no_proxy"].map((name) => [name, direct]),
    ["NODE_USE_ENV_PROXY", "1"],
  ]);
}
