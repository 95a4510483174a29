/** Whether this device makes sure that its owner presses, before what leaves the machine or cannot be undone. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { selfQuery } from "../app/queries.ts";
import { useClient } from "../connection/use-connection.ts";
import { Button } from "../design/button.tsx";
import { canCheckDevice, dropDeviceCheck, hasDeviceCheck, makeDeviceCheck } from "../request/device-check.ts";

export function ConfirmDevice() {
  const { data: self } = useQuery(selfQuery(useClient()));
  const { data: isPossible } = useQuery({ queryKey: ["device-check"], queryFn: canCheckDevice });
  const [isOn, setIsOn] = useState(hasDeviceCheck);
  const [isRefused, setIsRefused] = useState(false);
  if (!isOn && isPossible === false)
    return <p className="text-text-2">This browser cannot ask for a face, a finger or a PIN here.</p>;
  const change = async () => {
    if (isOn) dropDeviceCheck();
    else setIsRefused(!(await makeDeviceCheck(self?.name ?? "Tutti")));
    setIsOn(hasDeviceCheck());
  };
  return (
    <>
      <p className="mb-2 text-text-2" role="status">
        {isRefused
          ? "The device did not confirm it. Nothing was changed."
          : isOn
            ? "This device asks for your face, finger or PIN before you allow what leaves the machine or cannot be undone."
            : "Whoever holds this device can answer for you."}
      </p>
      <Button disabled={isPossible === undefined && !isOn} onClick={() => void change()}>
        {isOn ? "Stop asking" : "Ask before a risky answer"}
      </Button>
    </>
  );
}
