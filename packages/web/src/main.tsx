/** Starts the app in the page. */
import "./design/design.css";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { ProblemError } from "@tutti/client";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { inboxQuery } from "./app/queries.ts";
import { applyTheme } from "./app/theme.ts";
import { openConnection } from "./connection/connection.ts";
import { ConnectionContext } from "./connection/use-connection.ts";
import { Sprite } from "./design/icon.tsx";
import { registerWorker } from "./device/install.ts";
import { listenToKeys } from "./keys/keys.ts";

const connection = openConnection();
const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The client has been patient already; what the server said no to is not asked again.
      retry: (count, error) => !(error instanceof ProblemError) && count < 2,
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // A call that cannot go through says so, and is not kept for later.
      networkMode: "always",
    },
    mutations: { networkMode: "always", retry: false },
  },
});

// On its way while the page is built: nothing is shown before the answer.
void queries.prefetchQuery(inboxQuery(connection.client));
applyTheme();
registerWorker();
listenToKeys();
const place = document.getElementById("app");
if (!place) throw new Error("the page has no place for the app");
createRoot(place).render(
  <ConnectionContext value={connection}>
    <QueryClientProvider client={queries}>
      <Sprite />
      <App queries={queries} />
    </QueryClientProvider>
  </ConnectionContext>,
);
