/**
 * Says on stderr that something is going on and for how long: on a terminal one line that counts the seconds,
 * elsewhere a line at the start, one every 15 seconds, and one at the end.
 * @template T
 * @param {string} label what is being done: "Installing dependencies"
 * @param {() => Promise<T>} work
 * @returns {Promise<T>} what `work` returns; its failure is passed on
 */
export async function withProgress(label, work) {
  const { stderr } = process;
  const started = Date.now();
  const line = () => `${label} … ${Math.round((Date.now() - started) / 1000)} s`;
  const tick = () => stderr.write(stderr.isTTY ? `\r${line()}` : `${line()}\n`);
  stderr.write(stderr.isTTY ? `${label} …` : `${label} …\n`);
  const timer = setInterval(tick, stderr.isTTY ? 1000 : 15_000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    tick();
    if (stderr.isTTY) stderr.write("\n");
  }
}
