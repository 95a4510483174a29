import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** Builds the web app to `dist/web`, which the server serves as it is. */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), tailwindcss()],
  worker: { format: "es" },
  build: {
    outDir: "../../dist/web",
    emptyOutDir: true,
    target: "es2023",
    sourcemap: false,
    // Nothing is put into the page as a data address: the policy of the pages allows none for scripts and fonts.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
