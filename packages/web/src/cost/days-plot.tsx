import "uplot/dist/uPlot.min.css";
import { dollars } from "@tutti/core";
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import { useScheme } from "../app/use-scheme.ts";

const height = 180;
const day = 86_400;
/** Between two days on the axis. */
const dayIncrements = [day, 2 * day, 5 * day, 7 * day, 14 * day];
const dayFormat = new Intl.DateTimeFormat([], { day: "numeric", month: "short", timeZone: "UTC" });
const dayWords = (seconds: number): string => dayFormat.format(seconds * 1_000);

/** What was used each day: paid by use, and on plans, each its own line. The table below says the same in words. */
export function DaysPlot({ days }: { days: readonly { day: string; paid: number; plan: number }[] }) {
  const place = useRef<HTMLDivElement>(null);
  const scheme = useScheme();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the tokens are other ones in another scheme
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const colour = (token: string) => getComputedStyle(element).getPropertyValue(token).trim();
    const axis = (values?: uPlot.Axis["values"]): uPlot.Axis => ({
      stroke: resolved(element, "--text-3"),
      grid: { stroke: resolved(element, "--line"), width: 1 },
      ticks: { show: false },
      font: `11px ${colour("--ff-ui") || "sans-serif"}`,
      ...(values && { values }),
    });
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true }, y: { range: (_, __, max) => [0, Math.max(1, max * 1.1)] } },
        axes: [
          { ...axis((_, values) => values.map(dayWords)), incrs: dayIncrements, space: 64 },
          { ...axis((_, values) => values.map((value) => dollars(value))), size: 64 },
        ],
        series: [
          {},
          { stroke: resolved(element, "--text"), width: 2, points: { show: days.length < 3 } },
          {
            stroke: resolved(element, "--text-3"),
            width: 2,
            dash: [4, 3],
            points: { show: days.length < 3 },
          },
        ],
      },
      [
        days.map(({ day }) => Date.parse(day) / 1_000),
        days.map(({ paid }) => paid),
        days.map(({ plan }) => plan),
      ],
      element,
    );
    const watching = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    watching.observe(element);
    return () => {
      watching.disconnect();
      plot.destroy();
    };
  }, [days, scheme]);
  return <div ref={place} aria-hidden="true" style={{ height }} />;
}

/** A token as a colour that a canvas takes. */
function resolved(element: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
