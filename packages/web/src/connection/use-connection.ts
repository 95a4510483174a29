import { createContext, useContext, useEffect, useState, useSyncExternalStore } from "react";
import { flushSync } from "react-dom";
import type { Connection } from "./connection.ts";
import { type FamilyState, openFamily } from "./family.ts";
import type { Link } from "./hub.ts";

export const ConnectionContext = createContext<Connection | undefined>(undefined);

export function useConnection(): Connection {
  const connection = useContext(ConnectionContext);
  if (!connection) throw new Error("the app is not connected");
  return connection;
}

export const useClient = () => useConnection().client;

/** Whether the stream is up. */
export function useLink(): Link {
  const { link } = useConnection();
  return useSyncExternalStore(link.subscribe, link.get);
}

/** Whether something may be sent now; an answer is never kept to be sent later. */
export const useIsConnected = (): boolean => useLink().state === "connected";

export interface UsedFamily {
  state: FamilyState;
  loadEarlier(): Promise<void>;
  reload(): void;
}

const loading: UsedFamily = {
  state: { status: "loading" },
  loadEarlier: () => Promise.resolve(),
  reload: () => {},
};

/** A root session with its children, live as long as who asks is on the screen. */
export function useFamily(id: string): UsedFamily {
  const connection = useConnection();
  const [used, setUsed] = useState<{ id: string } & UsedFamily>({ id, ...loading });
  useEffect(() => {
    const family = openFamily(connection, id);
    const { loadEarlier, reload } = family;
    const tell = () => setUsed({ id, state: family.get(), loadEarlier, reload });
    tell();
    // It is told in a frame, which draws it: left to React, the next one would.
    const unsubscribe = family.subscribe(() => flushSync(tell));
    return () => {
      unsubscribe();
      family.close();
    };
  }, [connection, id]);
  return used.id === id ? used : loading;
}

export const FamilyContext = createContext<UsedFamily>(loading);

/** The family of the session that is on the screen. */
export const useShownFamily = (): UsedFamily => useContext(FamilyContext);
