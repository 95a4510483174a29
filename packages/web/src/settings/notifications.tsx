/** Whether this device is told what needs the person, and whether it checks who holds it before a risky answer. */
import { useEffect, useState } from "react";
import { useClient, useIsConnected } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { Trouble } from "../design/screen-states.tsx";
import { isSubscribed, pushHindrance, subscribe, unsubscribe } from "../device/install.ts";

export function Notifications() {
  const client = useClient();
  const isConnected = useIsConnected();
  const [isOn, setIsOn] = useState<boolean>();
  const [trouble, setTrouble] = useState<unknown>();
  useEffect(() => {
    void isSubscribed().then(setIsOn, () => setIsOn(false));
  }, []);
  const hindrance = pushHindrance();
  if (hindrance !== undefined) return <p className="text-text-2">{hindrance}</p>;
  const change = async () => {
    setTrouble(undefined);
    try {
      await (isOn ? unsubscribe(client) : subscribe(client));
      setIsOn(!isOn);
    } catch (cause) {
      setTrouble(cause);
    }
  };
  return (
    <>
      {trouble !== undefined && <Trouble error={trouble} />}
      <p className="mb-2 text-text-2">
        {isOn
          ? "This device is told what needs you: who, what and where, never code or secrets."
          : "This device is not told what needs you while the app is closed."}
      </p>
      <Button disabled={isOn === undefined || !isConnected} onClick={() => void change()}>
        {isOn ? "Stop notifications" : "Notify this device"}
      </Button>
    </>
  );
}
