/** A link that signs another device in, as a code for its camera. */
import { useState } from "react";
import { renderSVG } from "uqr";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Trouble } from "../design/screen-states.tsx";
import { ClockTime } from "../design/time.tsx";

export function PairDevice() {
  const client = useClient();
  const isConnected = useIsConnected();
  const [link, setLink] = useState<{ url: string; expiresAt: string }>();
  const [trouble, setTrouble] = useState<unknown>();
  const make = async () => {
    setTrouble(undefined);
    try {
      const { path, expiresAt } = await client.signInLink();
      setLink({ url: new URL(path, location.origin).href, expiresAt });
    } catch (cause) {
      setTrouble(cause);
    }
  };
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  return (
    <>
      {trouble !== undefined && <Trouble error={trouble} />}
      <p className="mb-2 text-text-2">
        {isLocal
          ? "This page was opened on the machine itself: another device cannot reach its address. Start Tutti with --lan, or open this page through a tunnel, and pair from there."
          : "The code signs one device in, once, within five minutes. Whoever opens it speaks for you."}
      </p>
      {link ? (
        <div className="flex flex-wrap items-center gap-4">
          <img
            className="h-[176px] w-[176px] rounded-2 bg-white p-2"
            alt="Sign-in code for a camera"
            src={`data:image/svg+xml,${encodeURIComponent(renderSVG(link.url, { border: 0 }))}`}
          />
          <div className="min-w-0 flex-1">
            <code className="[overflow-wrap:anywhere]">{link.url}</code>
            <p className="mt-2 text-12 text-text-3">
              Works once, until <ClockTime at={link.expiresAt} />.
            </p>
            <Button className="mt-2" disabled={!isConnected} onClick={() => void make()}>
              Make another
            </Button>
          </div>
        </div>
      ) : (
        <Button disabled={!isConnected} onClick={() => void make()}>
          Show a sign-in code
        </Button>
      )}
    </>
  );
}
