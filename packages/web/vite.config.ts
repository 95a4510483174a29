import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type Rolldown } from "vite";

/** Builds the web app to `dist/web`, which the server serves as it is. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss(), shellList(), firstScreen()],
  worker: { format: "es", rolldownOptions: { output: { banner: withoutEval } } },
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    // Nothing is put into the page as a data address: the policy of the pages allows none for scripts and fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      input: {
        index: resolve(import.meta.dirname, "index.html"),
        sw: resolve(import.meta.dirname, "src/device/service-worker.ts"),
      },
      output: {
        banner: withoutEval,
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
      },
    },
  },
});

/**
 * Before the schema library runs, it is told to make no code from strings: the pages' policy forbids it, and even trying is
 * reported as a breach.
 */
function withoutEval({ moduleIds }: { moduleIds: string[] }): string {
  return moduleIds.some((id) => id.includes("/node_modules/zod/"))
    ? "globalThis.__zod_globalConfig={jitless:true};"
    : "";
}

/** Lets browsers fetch the first screen, the inbox, beside the app's own start, which would ask for it later. */
function firstScreen(): Plugin {
  return {
    name: "first-screen",
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
        const inbox = chunks.find((one) => one.facadeModuleId?.endsWith("/src/inbox/inbox-screen.tsx"));
        if (!inbox) return [];
        const late = [...withImports(chunks, inbox.fileName)].filter((fileName) => !html.includes(fileName));
        return late.map((fileName) => ({
          tag: "link",
          attrs: { rel: "modulepreload", crossorigin: true, href: `/${fileName}` },
          injectTo: "head" as const,
        }));
      },
    },
  };
}

/** A chunk's file with those of all that it imports before it runs. */
function withImports(
  chunks: readonly Rolldown.OutputChunk[],
  fileName: string,
  known = new Set<string>(),
): Set<string> {
  if (known.has(fileName)) return known;
  known.add(fileName);
  for (const imported of chunks.find((one) => one.fileName === fileName)?.imports ?? [])
    withImports(chunks, imported, known);
  return known;
}

/** What a browser loads before it draws anything, in bytes as they come over the wire. */
const startLimit = 200_000;

/** Throws when the page's start has grown too large: what a screen needs alone is loaded with the screen. */
function holdSize(files: readonly (Rolldown.OutputChunk | Rolldown.OutputAsset | undefined)[]): void {
  const bytes = files.map((file) => gzipSync((file?.type === "chunk" ? file.code : file?.source) ?? "").length);
  const sum = bytes.reduce((all, one) => all + one, 0);
  if (sum > startLimit)
    throw new Error(`the app loads ${sum} bytes before it draws anything, more than ${startLimit}`);
}

/** Tells the service worker which files the shell consists of: the page, what it loads at its start, and the fonts of it. */
function shellList(): Plugin {
  return {
    name: "shell-list",
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const worker = chunks.find(({ fileName }) => fileName === "sw.js");
      const entry = chunks.find(({ isEntry, fileName }) => isEntry && fileName !== "sw.js");
      if (!worker || !entry) return;
      const scripts = withImports(chunks, entry.fileName);
      const styles = [...scripts].flatMap((name) => [
        ...(chunks.find(({ fileName }) => fileName === name)?.viteMetadata?.importedCss ?? []),
      ]);
      holdSize([...scripts, ...styles].map((name) => bundle[name]));
      const others = Object.keys(bundle).filter((name) => /shared-worker.*\.js$|-latin-\w+-normal-.*\.woff2$/.test(name));
      const shell = ["/", "/icon.svg", ...[...scripts, ...styles, ...others].map((name) => `/${name}`)];
      const version = createHash("sha256").update(shell.join("\n")).digest("hex").slice(0, 12);
      worker.code = `const SHELL=${JSON.stringify(shell)},SHELL_VERSION=${JSON.stringify(version)};\n${worker.code}`;
    },
  };
}
