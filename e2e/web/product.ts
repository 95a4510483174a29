/** The built product with its web app, as a person has it after one command, for tests that look at it in the browser. */
import { type Home, line, openHome } from "../terminal.ts";

export interface Product extends Home {
  /** Where it is, such as `http://127.0.0.1:41234`. */
  readonly url: string;
  /** A link that signs one browser in, once. */
  link(path?: string): Promise<string>;
  /** The process of the server, which its supervisor starts again when it is killed. */
  serverPid(): Promise<number>;
}

/** Starts `tutti serve` in a home of its own. `change` may change the home before. The caller closes it. */
export async function openProduct(change: (home: Home) => Promise<void> = async () => {}): Promise<Product> {
  const home = await openHome();
  try {
    await change(home);
    const supervisor = home.start("serve", "--port", "0", "--json");
    supervisor.stderr?.resume();
    const ready: { url: string } = JSON.parse(await line(supervisor.stdout, /\n/));
    const product: Product = Object.assign(home, {
      url: ready.url,
      async link(path = "/") {
        const { url } = (await home.json("link", "--open", path, "--json")) as { url: string };
        return url;
      },
      async serverPid() {
        const { server } = (await home.json("status", "--json")) as { server: { pid: number } };
        return server.pid;
      },
    });
    return product;
  } catch (error) {
    await home.close();
    throw error;
  }
}

/** The file's content on a branch of the repository. */
export const onBranch = ({ git }: Home, branch: string, file: string): string =>
  git("show", `${branch}:${file}`);
