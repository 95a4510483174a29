/** The app once it is known whether this browser may speak for the person. */
import { type QueryClient, useQuery } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { ProblemError } from "@tutti/client";
import { useEffect } from "react";
import { useConnection, useLink } from "../connection/use-connection.ts";
import { Trouble } from "../design/screen-states.tsx";
import { keepFresh } from "./freshness.ts";
import { inboxQuery } from "./queries.ts";
import { router } from "./router.tsx";
import { SignIn } from "./sign-in.tsx";

export function App({ queries }: { queries: QueryClient }) {
  const { client, hub } = useConnection();
  const link = useLink();
  const { data, error, refetch } = useQuery(inboxQuery(client));
  const isKnown = data !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: begins once, at the position of the first answer
  useEffect(() => (data ? keepFresh(hub, queries, data.position) : undefined), [hub, queries, isKnown]);
  const isSignedOut =
    link.state === "signed-out" || (error instanceof ProblemError && error.problem.status === 401);
  if (isSignedOut) return <SignIn />;
  if (error && !isKnown) return <Trouble error={error} retry={() => void refetch()} />;
  return <RouterProvider router={router} />;
}
