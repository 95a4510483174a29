/**
 * The relay for a system without Perl: the same call, with Node as the command's parent. The command's end is its own.
 */
export const nodeRelay = `
const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const net = require("node:net");
const given = process.argv.slice(2);
const split = given.indexOf("--");
const ports = given.slice(0, split);
const [command, ...args] = given.slice(split + 1);
let waiting = ports.length;
for (const each of ports) {
  const [port, path] = [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)];
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const far = net.connect({ path, allowHalfOpen: true });
    for (const [from, to] of [[client, far], [far, client]]) {
      from.pipe(to);
      from.on("error", () => to.destroy());
      from.on("close", () => from.readableEnded || to.destroy());
    }
  });
  server.maxConnections = 400;
  server.on("error", (error) => {
    console.error("port " + port + ": " + error.message);
    process.exit(126);
  });
  server.listen(Number(port), "127.0.0.1", () => --waiting || start());
}
function start() {
  const child = spawn(command, args, { stdio: "inherit" });
  child.on("error", (error) => {
    console.error(command + ": " + error.message);
    process.exit(error.code === "ENOENT" ? 127 : 126);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}
`;
